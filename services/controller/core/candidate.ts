import type { Verdict } from '../../shared/domain/judge.ts'
import type { Outage, WeightOverride } from '../../shared/domain/override.ts'

/** What deciding about a service needs to know of one real server. */
export interface Candidate {
  /** Configured weight, or the one that an operator wants instead. */
  readonly weight: number
  readonly verdict: Verdict
  /** The check that leaves only a share (0 to 1) of the weight. */
  readonly degraded: { readonly factor: number; readonly check: string } | undefined
  /** When the verdict last changed; among failed servers the latest is the least bad. */
  readonly since: number
  readonly held: number | null | undefined
  readonly override: Outage | undefined
  /** An operator's weight, where there is one. */
  readonly wish: WeightOverride | undefined
  readonly drained: boolean
  /** Effective weight until now; `null` is not in the table. */
  readonly placed: number | null
  /** A check of it has just failed, but not often enough yet. */
  readonly falters: boolean
  /** 0 serves always; higher ones are backups. */
  readonly tier: number
  /** Share (0 to 1) of its weight that it has got to since it came back. */
  readonly ramp: number
  /** What the load makes of the weight: 1 is all of it. */
  readonly dynamic: number
}

/** Has weight in the table. */
export function isIn({ placed }: Pick<Candidate, 'placed'>): boolean {
  return placed !== null && placed > 0
}

/** Neither drained nor under maintenance, and meant to take clients at all. */
export function isEnabled({ override, weight }: Candidate): boolean {
  return override === undefined && weight > 0
}

/** Up, but a check of its own asks for no more clients: an agent that drains. */
export function isQuiesced({ verdict, degraded }: Candidate): boolean {
  return verdict === 'up' && degraded?.factor === 0
}

/** Serves, as far as anybody knows: up, or held in the table with weight. */
export function carries(candidate: Candidate): boolean {
  const { verdict, held } = candidate
  if (verdict === 'up') return !isQuiesced(candidate)
  return verdict === 'unknown' && held !== undefined && held !== null && held > 0
}

/** Configured weight of all of them. */
export function sumOfWeights(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { weight }) => sum + weight, 0)
}
