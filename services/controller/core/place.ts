import type { Outage } from '../../shared/domain/override.ts'
import {
  blackHolesAtZero,
  movesClientsOnWeightChange,
  type VirtualService,
} from '../../shared/domain/virtual-service.ts'
import type { Candidate } from './candidate.ts'
import type { Because, Placement } from './state.ts'

type PlacePolicy = Pick<VirtualService, 'scheduler' | 'schedulerFlags' | 'onFailure'>

/** A real server's place by its override and its checks, before any guard. */
export function place(service: PlacePolicy, candidate: Candidate): Placement {
  const { override, verdict, held } = candidate
  if (override !== undefined) return placeOverridden(service, override, candidate)
  if (verdict === 'up') return placeUp(service, candidate)
  if (verdict === 'down') return { weight: outWeight(service), because: { type: 'failed' } }
  if (held === undefined) return { weight: null, because: { type: 'unproven' } }
  return { weight: held, because: { type: 'held' } }
}

/** Weight 0, where that loses no clients. */
export function zeroWeight(service: PlacePolicy): 0 | null {
  return blackHolesAtZero(service) ? null : 0
}

/**
 * A degraded server keeps a weight of at least 1, for it serves; a factor of 0 quiesces it. Under a
 * scheduler that would move other servers' clients, it keeps all of its weight. Of a ramp and a
 * degradation the lower counts, and the load moves what is left.
 */
function placeUp(service: PlacePolicy, candidate: Candidate): Placement {
  const { weight, degraded, ramp, dynamic, wish } = candidate
  const whole: Because =
    wish === undefined ? { type: 'healthy' } : { type: 'weight', override: wish }
  if (weight === 0) return { weight: zeroWeight(service), because: whole }
  if (degraded?.factor === 0) {
    return { weight: zeroWeight(service), because: { type: 'degraded', ...degraded } }
  }
  const left = degraded?.factor ?? 1
  const share = Math.min(left, ramp) * dynamic
  if (movesClientsOnWeightChange(service)) {
    return { weight, because: degraded === undefined ? whole : { type: 'degraded', ...degraded } }
  }
  const moved = Math.min(65_535, Math.max(1, Math.round(weight * share)))
  return { weight: moved, because: becauseOf(candidate, left) ?? whole }
}

function becauseOf({ degraded, ramp, dynamic }: Candidate, left: number): Because | undefined {
  if (ramp < left) return { type: 'slow-start', share: ramp }
  if (degraded !== undefined) return { type: 'degraded', ...degraded }
  return dynamic === 1 ? undefined : { type: 'dynamic', share: dynamic }
}

/**
 * An override never adds a row: the kernel would revive the old connections and persistence
 * templates of a server that may be rebooting (net/netfilter/ipvs/ip_vs_ctl.c, dest trash).
 */
function placeOverridden(
  service: PlacePolicy,
  override: Outage,
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
  const isHeld = drained && placed !== null && override.hold === true && !blackHolesAtZero(service)
  const weight = phase === 'draining' || isHeld ? 0 : null
  return { weight, because: { type: 'override', override, phase } }
}

function outWeight(service: PlacePolicy): 0 | null {
  return service.onFailure === 'remove' ? null : zeroWeight(service)
}
