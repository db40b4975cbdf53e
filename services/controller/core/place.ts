import type { Override } from '../../shared/domain/override.ts'
import {
  blackHolesAtZero,
  movesClientsOnWeightChange,
  type VirtualService,
} from '../../shared/domain/virtual-service.ts'
import type { Candidate } from './candidate.ts'
import type { Placement } from './state.ts'

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
 * scheduler that would move other servers' clients, it keeps all of its weight.
 */
function placeUp(service: PlacePolicy, { weight, degraded }: Candidate): Placement {
  const zero = zeroWeight(service)
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
  service: PlacePolicy,
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

function outWeight(service: PlacePolicy): 0 | null {
  return service.onFailure === 'remove' ? null : zeroWeight(service)
}
