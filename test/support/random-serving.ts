import fc from 'fast-check'
import type { Amount } from '../../services/shared/domain/amount.ts'
import type { GuardPolicy } from '../../services/shared/domain/guards.ts'
import type { Scheduler, VirtualService } from '../../services/shared/domain/virtual-service.ts'
import { sharesByWeight } from '../../services/shared/domain/weight-policy.ts'

const amount: fc.Arbitrary<Amount> = fc.constantFrom(
  { count: 1 },
  { count: 2 },
  { share: 0.25 },
  { share: 0.75 },
)
const breaker = fc.constantFrom(
  { share: 0.5, withinMs: 30_000 },
  { share: 0.75, withinMs: 5000, holdMs: 10_000 },
)

/** Some of the guards beside the panic threshold, each with any setting. */
export const anyGuards: fc.Arbitrary<GuardPolicy> = fc.record(
  { minHealthy: amount, maxEjected: amount, breaker },
  { requiredKeys: [] },
)

type MoreServing = Pick<VirtualService, 'pool' | 'slowStart' | 'dynamicWeight' | 'probeFrom'>

/** Some of what else decides about weights. */
export const anyServing: fc.Arbitrary<MoreServing> = fc.record(
  {
    pool: fc.record({
      quorum: fc.constantFrom(1, 100, 150),
      hysteresis: fc.constantFrom(0, 50),
      backupsBelow: fc.constantFrom(1, 100, 200),
    }),
    slowStart: fc.constantFrom(
      { overMs: 10_000, steps: 4, from: 0.1 },
      { overMs: 1000, steps: 1, from: 0.5 },
    ),
    dynamicWeight: fc.constantFrom({
      intervalMs: 5000,
      proportions: { active: 0.5, new: 0, response: 0.5, agent: 0 },
      lowest: 0.2,
      highest: 1.5,
      step: 0.1,
      sensitivity: 0.05,
    }),
    probeFrom: fc.record({ quorum: fc.integer({ min: 1, max: 3 }) }),
  },
  { requiredKeys: [] },
)

/** The cluster file allows weights that move only where the scheduler shares by weight. */
export function weighable(scheduler: Scheduler, more: MoreServing): MoreServing {
  if (sharesByWeight(scheduler)) return more
  const { slowStart: _, dynamicWeight: __, ...rest } = more
  return rest
}
