import type { Verdict } from '../../shared/domain/judge.ts'
import type { Override } from '../../shared/domain/override.ts'
import { blackHolesAtZero, type VirtualService } from '../../shared/domain/virtual-service.ts'
import type { Placement } from './state.ts'

/** What `serve` needs to know of one real server. */
export interface Candidate {
  readonly weight: number
  readonly verdict: Verdict
  /** When the verdict last changed; among failed servers the latest is the least bad. */
  readonly since: number
  readonly held: number | null | undefined
  readonly override: Override | undefined
  readonly drained: boolean
}

/** How one virtual service is served. */
export interface Serving {
  /** In the order of the candidates. */
  readonly placements: readonly Placement[]
  readonly panic: boolean
  readonly sorry: boolean
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
    if (kept.servers.has(candidate)) {
      return { weight: candidate.weight, because: { type: 'panic', share: kept.share } }
    }
    return place(service, candidate)
  })
  const serving = placements.some(({ weight }) => weight !== null && weight > 0)
  return {
    placements,
    panic: kept.servers.size > 0,
    sorry:
      service.sorryServer !== undefined && !serving && (sorryServes || candidates.every(isSettled)),
  }
}

function isSettled({ verdict, override }: Candidate): boolean {
  return verdict !== 'unknown' || override !== undefined
}

function place(service: ServicePolicy, candidate: Candidate): Placement {
  const { override, verdict, held } = candidate
  if (override !== undefined) return placeOverridden(service, override, candidate.drained)
  if (verdict === 'up') return { weight: candidate.weight, because: { type: 'healthy' } }
  if (verdict === 'down') return { weight: outWeight(service), because: { type: 'failed' } }
  if (held === undefined) return { weight: null, because: { type: 'unproven' } }
  return { weight: held, because: { type: 'held' } }
}

function placeOverridden(service: ServicePolicy, override: Override, drained: boolean): Placement {
  if (override.kind === 'maintenance') {
    return {
      weight: outWeight(service),
      because: { type: 'override', override, phase: 'maintenance' },
    }
  }
  // A scheduler that black-holes at weight 0 cannot drain: new clients would be lost meanwhile.
  const phase = drained || blackHolesAtZero(service) ? 'drained' : 'draining'
  return { weight: phase === 'drained' ? null : 0, because: { type: 'override', override, phase } }
}

function outWeight(service: ServicePolicy): 0 | null {
  return service.onFailure === 'remove' || blackHolesAtZero(service) ? null : 0
}

/**
 * The panic threshold: when the servers that are up (or not yet known) carry less than its share of
 * the enabled weight, the latest to fail stay in until the share is reached again. With a sorry
 * server and nothing up at all, the sorry server serves instead.
 */
function keptByPanic(
  service: ServicePolicy,
  candidates: readonly Candidate[],
): { readonly servers: ReadonlySet<Candidate>; readonly share: number } {
  const servers = new Set<Candidate>()
  const enabled = candidates.filter(({ override, weight }) => override === undefined && weight > 0)
  const failed = enabled.filter(({ verdict }) => verdict === 'down')
  const total = sumOfWeights(enabled)
  const share = total === 0 ? 1 : 1 - sumOfWeights(failed) / total
  if (failed.length === 0 || share >= service.panicThreshold) return { servers, share }
  if (service.sorryServer !== undefined && failed.length === enabled.length)
    return { servers, share }
  failed.sort((a, b) => b.since - a.since || b.weight - a.weight)
  const wanted = service.panicThreshold * total
  let inTable = total - sumOfWeights(failed)
  for (const candidate of failed) {
    if (inTable >= wanted) break
    servers.add(candidate)
    inTable += candidate.weight
  }
  return { servers, share }
}

function sumOfWeights(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { weight }) => sum + weight, 0)
}
