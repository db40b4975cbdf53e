import { formatAmount } from '../../../shared/domain/amount.ts'
import { GUARDS, type Guard } from '../../../shared/domain/guards.ts'
import type { VirtualService } from '../../../shared/domain/virtual-service.ts'
import { type Candidate, sumOfWeights } from '../candidate.ts'
import type { Breaker } from './breaker.ts'
import { type Failing, failingOf } from './failing.ts'
import { keptByMaxEjected } from './max-ejected.ts'
import { keptByMinHealthy } from './min-healthy.ts'
import { keptByPanic } from './panic.ts'

/** Whom the guards of a service keep in although it fails. */
export interface Kept {
  /** Each with the first guard that needs it. */
  readonly servers: ReadonlyMap<Candidate, Guard>
  /** Every guard that keeps somebody in, with the reason in words. */
  readonly guards: ReadonlyMap<Guard, string>
}

type GuardedService = Pick<VirtualService, 'panicThreshold' | 'guards' | 'sorryServer'>

/**
 * Asks every guard how many of those who would leave it needs. Guards only keep: who has left comes
 * back by passing its checks, so nobody flaps at a threshold; who is kept goes as soon as no guard
 * needs it any more. With a sorry server and nothing up at all, only the breaker keeps anybody.
 */
export function keepIn(
  service: GuardedService,
  candidates: readonly Candidate[],
  breaker: Breaker,
): Kept {
  const failing = failingOf(candidates)
  const { leaving, carried } = failing
  const servers = new Map<Candidate, Guard>()
  const guards = new Map<Guard, string>()
  if (leaving.length === 0) return { servers, guards }
  const sorryServes = service.sorryServer !== undefined && carried === 0
  const { panicThreshold, guards: policy } = service
  const needs: Readonly<Record<Guard, number>> = {
    breaker: breaker.state === 'frozen' ? leaving.length : 0,
    panic: sorryServes ? 0 : keptByPanic(failing, panicThreshold),
    'min-healthy': sorryServes ? 0 : keptByMinHealthy(failing, policy?.minHealthy),
    'max-ejected': sorryServes ? 0 : keptByMaxEjected(failing, policy?.maxEjected),
  }
  for (const guard of GUARDS) {
    if (needs[guard] === 0) continue
    guards.set(guard, reasonOf(guard, service, failing, breaker))
    for (const candidate of leaving.slice(0, needs[guard])) {
      if (!servers.has(candidate)) servers.set(candidate, guard)
    }
  }
  return { servers, guards }
}

function reasonOf(
  guard: Guard,
  { panicThreshold, guards }: GuardedService,
  { enabled, wanted, carried, carrying, out }: Failing,
  breaker: Breaker,
): string {
  switch (guard) {
    case 'panic': {
      const share = percent(carried / sumOfWeights(wanted))
      return `${share} of the weight is up, wanted ${percent(panicThreshold)}`
    }
    case 'min-healthy': {
      const minimum = guards?.minHealthy === undefined ? '' : formatAmount(guards.minHealthy)
      return `${carrying} of ${wanted.length} real servers are up, wanted ${minimum}`
    }
    case 'max-ejected': {
      const most = guards?.maxEjected === undefined ? '' : formatAmount(guards.maxEjected)
      return `${out.length} of ${enabled.length} real servers are out, at most ${most} may be`
    }
    case 'breaker':
      return breaker.cause
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
