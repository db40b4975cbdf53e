import type { SlowStartPolicy } from '../../../shared/domain/weight-policy.ts'

/** Where a real server is on its way back to all of its weight. */
export interface Ramp {
  /** Steps taken, 0 at the beginning. */
  readonly step: number
  /** When the last one was taken. */
  readonly since: number
}

/** What the ramp has to know of its real server. */
export interface RampSight {
  /** One of its checks has just failed. */
  readonly falters: boolean
  /** Every check has passed after the last step. */
  readonly passed: boolean
}

/** Share (0 to 1) of the weight at a step: even steps from the first share to the whole. */
export function rampShare({ from, steps }: SlowStartPolicy, step: number): number {
  return step >= steps ? 1 : from + ((1 - from) * step) / steps
}

/**
 * The next step when its time has come and the checks have passed meanwhile; the first step again
 * when one fails. `undefined` when all of the weight is reached.
 */
export function moveRamp(
  ramp: Ramp,
  policy: SlowStartPolicy,
  { falters, passed }: RampSight,
  at: number,
): Ramp | undefined {
  if (falters) return { step: 0, since: at }
  if (!passed || at - ramp.since < policy.overMs / policy.steps) return ramp
  const step = ramp.step + 1
  return step >= policy.steps ? undefined : { step, since: at }
}

/** The step at which a table was found, so that a restart goes on where the life before it was. */
export function rampFound(share: number, policy: SlowStartPolicy, at: number): Ramp | undefined {
  if (share >= 1) return undefined
  let step = 0
  while (step + 1 < policy.steps && rampShare(policy, step + 1) <= share + 0.005) step++
  return { step, since: at }
}
