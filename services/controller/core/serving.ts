import type { Guard } from '../../shared/domain/guards.ts'
import type { VirtualService } from '../../shared/domain/virtual-service.ts'
import { type Candidate, isIn } from './candidate.ts'
import type { Breaker } from './guards/breaker.ts'
import { keepIn } from './guards/keep-in.ts'
import { place } from './place.ts'
import type { Placement } from './state.ts'

/** How one virtual service is served. */
export interface Serving {
  /** In the order of the candidates. */
  readonly placements: readonly Placement[]
  /** The guards that keep failed real servers in, each with its reason. */
  readonly guards: ReadonlyMap<Guard, string>
  readonly sorry: boolean
  /** No real server is left; not said while those of a new service have yet to speak. */
  readonly empty: boolean
}

/** What was so until now and goes on unless something ends it. */
export interface ServingBefore {
  /** The sorry server serves. */
  readonly sorry: boolean
  readonly breaker: Breaker
}

/**
 * Decides the effective weight of every real server of a service, guards included. A sorry server
 * that serves already goes on until a real server does.
 */
export function serve(
  service: VirtualService,
  candidates: readonly Candidate[],
  before: ServingBefore,
): Serving {
  const kept = keepIn(service, candidates, before.breaker)
  const placements = candidates.map((candidate): Placement => {
    const guard = kept.servers.get(candidate)
    if (guard === undefined) return place(service, candidate)
    const detail = kept.guards.get(guard) ?? ''
    return { weight: candidate.placed, because: { type: 'guard', guard, detail } }
  })
  const isServed = placements.some(({ weight }) => weight !== null && weight > 0)
  const isEmpty =
    !isServed && (before.sorry || candidates.some(isIn) || candidates.every(isSettled))
  return {
    placements,
    guards: kept.guards,
    sorry: isEmpty && service.sorryServer !== undefined,
    empty: isEmpty,
  }
}

function isSettled({ verdict, override }: Candidate): boolean {
  return verdict !== 'unknown' || override !== undefined
}
