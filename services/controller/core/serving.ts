import type { Verdict } from '../../shared/domain/judge.ts'
import type { Override } from '../../shared/domain/override.ts'
import {
  blackHolesAtZero,
  movesClientsOnWeightChange,
  type VirtualService,
} from '../../shared/domain/virtual-service.ts'
import type { Placement } from './state.ts'

/** What `serve` needs to know of one real server. */
export interface Candidate {
  readonly weight: number
  readonly verdict: Verdict
  /** The check that leaves only a share (0 to 1) of the weight. */
  readonly degraded: { readonly factor: number; readonly check: string } | undefined
  /** When the verdict last changed; among failed servers the latest is the least bad. */
  readonly since: number
  readonly held: number | null | undefined
  readonly override: Override | undefined
  readonly drained: boolean
  /** Effective weight until now; `null` is not in the table. */
  readonly placed: number | null
}

/** How one virtual service is served. */
export interface Serving {
  /** In the order of the candidates. */
  readonly placements: readonly Placement[]
  readonly panic: boolean
  readonly sorry: boolean
  /** No real server is left; not said while those of a new service have yet to speak. */
  readonly empty: boolean
}

type ServicePolicy = Pick<
  VirtualService,
  'scheduler' | 'schedulerFlags' | 'onFailure' | 'panicThreshold' | 'sorryServer'
>

/**
 * Decides the effective weight of every real server of a service, guards included. A sorry server
 * that serves already (`sorryServes`) goes on until a real server does.
 */
export function serve(
  service: ServicePolicy,
  candidates: readonly Candidate[],
  sorryServes: boolean,
): Serving {
  const kept = keptByPanic(service, candidates)
  const placements = candidates.map((candidate): Placement => {
    if (kept.servers.size > 0 && kept.servers.has(candidate)) {
      return { weight: candidate.weight, because: { type: 'panic', share: kept.share } }
    }
    return place(service, candidate)
  })
  const isServed = placements.some(({ weight }) => weight !== null && weight > 0)
  const isEmpty = !isServed && (sorryServes || candidates.some(isIn) || candidates.every(isSettled))
  return {
    placements,
    panic: kept.servers.size > 0,
    sorry: isEmpty && service.sorryServer !== undefined,
    empty: isEmpty,
  }
}

function isIn({ placed }: Candidate): boolean {
  return placed !== null && placed > 0
}

function isSettled({ verdict, override }: Candidate): boolean {
  return verdict !== 'unknown' || override !== undefined
}

function place(service: ServicePolicy, candidate: Candidate): Placement {
  const { override, verdict, held } = candidate
  if (override !== undefined) return placeOverridden(service, override, candidate)
  if (verdict === 'up') return placeUp(service, candidate)
  if (verdict === 'down') return { weight: outWeight(service), because: { type: 'failed' } }
  if (held === undefined) return { weight: null, because: { type: 'unproven' } }
  return { weight: held, because: { type: 'held' } }
}

/**
 * A degraded server keeps a weight of at least 1, for it serves; a factor of 0 quiesces it. Under a
 * scheduler that would move other servers' clients, it keeps all of its weight.
 */
function placeUp(service: ServicePolicy, { weight, degraded }: Candidate): Placement {
  const zero = blackHolesAtZero(service) ? null : 0
  if (weight === 0) return { weight: zero, because: { type: 'healthy' } }
  if (degraded === undefined) return { weight, because: { type: 'healthy' } }
  const because = { type: 'degraded', ...degraded } as const
  if (degraded.factor === 0) return { weight: zero, because }
  if (movesClientsOnWeightChange(service)) return { weight, because }
  return { weight: Math.max(1, Math.round(weight * degraded.factor)), because }
}

/**
 * An override never adds a row: the kernel would revive the old connections and persistence
 * templates of a server that may be rebooting (net/netfilter/ipvs/ip_vs_ctl.c, dest trash).
 */
function placeOverridden(
  service: ServicePolicy,
  override: Override,
  { drained, placed }: Candidate,
): Placement {
  if (override.kind === 'maintenance') {
    return {
      weight: placed === null ? null : outWeight(service),
      because: { type: 'override', override, phase: 'maintenance' },
    }
  }
  // A scheduler that black-holes at weight 0 cannot drain: new clients would be lost meanwhile.
  const phase = drained || placed === null || blackHolesAtZero(service) ? 'drained' : 'draining'
  return { weight: phase === 'drained' ? null : 0, because: { type: 'override', override, phase } }
}

function outWeight(service: ServicePolicy): 0 | null {
  return service.onFailure === 'remove' || blackHolesAtZero(service) ? null : 0
}

/**
 * The panic threshold: when less than its share of the enabled weight is up, servers that fail are
 * kept in as far as the share needs them: those that only want no more clients first, then the
 * latest to fail. It keeps, it never brings back:
 * who has left comes back by passing its checks, so nobody flaps at the threshold. With a sorry
 * server and nothing up at all, the sorry server serves instead.
 */
function keptByPanic(
  service: ServicePolicy,
  candidates: readonly Candidate[],
): { readonly servers: ReadonlySet<Candidate>; readonly share: number } {
  const servers = new Set<Candidate>()
  if (service.panicThreshold === 0) return { servers, share: 1 }
  const enabled = candidates.filter(({ override, weight }) => override === undefined && weight > 0)
  const failed = enabled.filter(
    (candidate) => (candidate.verdict === 'down' || isQuiesced(candidate)) && isIn(candidate),
  )
  const total = sumOfWeights(enabled)
  let carried = sumOfWeights(enabled.filter(carries))
  const share = total === 0 ? 1 : carried / total
  if (failed.length === 0 || (service.sorryServer !== undefined && carried === 0)) {
    return { servers, share }
  }
  // Binary fractions: 7 % of 100 is a little more than 7.
  const wanted = service.panicThreshold * total - total * 1e-9
  failed.sort(
    (a, b) =>
      Number(isQuiesced(b)) - Number(isQuiesced(a)) || b.since - a.since || b.weight - a.weight,
  )
  for (const candidate of failed) {
    if (carried >= wanted) break
    servers.add(candidate)
    carried += candidate.weight
  }
  return { servers, share }
}

/** Serves, as far as anybody knows: up, or held in the table with weight. */
function carries(candidate: Candidate): boolean {
  const { verdict, held } = candidate
  if (verdict === 'up') return !isQuiesced(candidate)
  return verdict === 'unknown' && held !== undefined && held !== null && held > 0
}

/** Up, but a check of its own asks for no more clients: an agent that drains. */
function isQuiesced({ verdict, degraded }: Candidate): boolean {
  return verdict === 'up' && degraded?.factor === 0
}

function sumOfWeights(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { weight }) => sum + weight, 0)
}
