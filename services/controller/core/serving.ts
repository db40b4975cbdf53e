import type { Guard } from '../../shared/domain/guards.ts'
import { PLAIN_POOL } from '../../shared/domain/pool.ts'
import type { VirtualService } from '../../shared/domain/virtual-service.ts'
import { type Candidate, carries, isEnabled, isIn, sumOfWeights } from './candidate.ts'
import type { Breaker } from './guards/breaker.ts'
import { keepIn } from './guards/keep-in.ts'
import { place, zeroWeight } from './place.ts'
import { judgeQuorum, type Quorum } from './pools/quorum.ts'
import { neededTier } from './pools/tiers.ts'
import type { Placement } from './state.ts'

/** How one virtual service is served. */
export interface Serving {
  /** In the order of the candidates. */
  readonly placements: readonly Placement[]
  /** The guards that keep failed real servers in, each with its reason. */
  readonly guards: ReadonlyMap<Guard, string>
  /** The highest tier of backups that serves; 0 for none. */
  readonly tier: number
  readonly quorum: Quorum
  /** Configured weight of who is up in the tiers that serve. */
  readonly live: number
  readonly sorry: boolean
  /** Weight of the sorry server while it serves. */
  readonly sorryWeight: number
  /** No real server is left; not said while those of a new service have yet to speak. */
  readonly empty: boolean
}

/** What was so until now and goes on unless something ends it. */
export interface ServingBefore {
  /** The sorry server serves. */
  readonly sorry: boolean
  readonly breaker: Breaker
  readonly tier: number
  readonly quorum: Quorum
}

/**
 * Decides the effective weight of every real server of a service, guards and backups included. A
 * sorry server that serves already goes on until a real server does.
 */
export function serve(
  service: VirtualService,
  candidates: readonly Candidate[],
  before: ServingBefore,
): Serving {
  const tier = neededTier(candidates, service.pool ?? PLAIN_POOL, before.tier)
  const pool = tier === 0 && !hasBackups(candidates) ? candidates : upTo(candidates, tier)
  const kept = keepIn(service, pool, before.breaker)
  const placements = candidates.map((candidate): Placement => {
    const guard = kept.servers.get(candidate)
    if (guard !== undefined) {
      const detail = kept.guards.get(guard) ?? ''
      return { weight: candidate.placed, because: { type: 'guard', guard, detail } }
    }
    return candidate.tier > tier ? standBy(service, candidate) : place(service, candidate)
  })
  const isServed = placements.some(({ weight }) => weight !== null && weight > 0)
  const isKnown = candidates.some(isIn) || candidates.every(isSettled)
  const isEmpty = !isServed && (before.sorry || isKnown)
  const live = sumOfWeights(pool.filter((one) => isEnabled(one) && carries(one)))
  const quorum = quorumOf(service, before, live, isKnown)
  const isShort = service.pool !== undefined && quorum === 'down' && (isServed || isEmpty)
  return {
    placements,
    guards: kept.guards,
    tier,
    quorum,
    live,
    sorry: (isEmpty || isShort) && service.sorryServer !== undefined,
    sorryWeight: isServed ? Math.max(1, (service.pool?.quorum ?? 1) - live) : 1,
    empty: isEmpty,
  }
}

/** Nothing is said before real servers have spoken, and nothing changes while all is frozen. */
function quorumOf(
  service: VirtualService,
  { quorum, breaker }: ServingBefore,
  live: number,
  isKnown: boolean,
): Quorum {
  if (breaker.state === 'frozen') return quorum
  if (quorum === 'unknown' && !isKnown) return 'unknown'
  return judgeQuorum(quorum, service.pool ?? PLAIN_POOL, live)
}

function hasBackups(candidates: readonly Candidate[]): boolean {
  return candidates.some(({ tier }) => tier > 0)
}

function upTo(candidates: readonly Candidate[], last: number): readonly Candidate[] {
  return candidates.filter(({ tier }) => tier <= last)
}

/**
 * A backup that is not needed: no new clients, but it may finish what it has. What failed, or what
 * an operator took out, is placed like any other; what is not known yet keeps its place.
 */
function standBy(service: VirtualService, candidate: Candidate): Placement {
  const { override, verdict, held, placed } = candidate
  if (override !== undefined || verdict === 'down') return place(service, candidate)
  if (verdict === 'unknown' && held !== undefined) return place(service, candidate)
  const weight = placed === null ? null : zeroWeight(service)
  return { weight, because: { type: 'standby' } }
}

function isSettled({ verdict, override }: Candidate): boolean {
  return verdict !== 'unknown' || override !== undefined
}
