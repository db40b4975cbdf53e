import type { Amount } from './amount.ts'

/** What keeps failed real servers in, in the order in which they are asked and named. */
export const GUARDS = ['breaker', 'panic', 'min-healthy', 'max-ejected'] as const
export type Guard = (typeof GUARDS)[number]

/** When so much fails at once that the checks are rather wrong than the real servers. */
export interface BreakerPolicy {
  /** Share (0 to 1) of the real servers that were well until then. */
  readonly share: number
  /** Failures within this time of one another are one event. */
  readonly withinMs: number
  /** After this long the failures are believed; until an operator says so when absent. */
  readonly holdMs?: number
}

/** What stands between checks that fail and the table; `panicThreshold` is a key of its own. */
export interface GuardPolicy {
  /** Real servers that stay in, whatever the checks say. */
  readonly minHealthy?: Amount
  /** Real servers that failures may keep out at the same time. */
  readonly maxEjected?: Amount
  readonly breaker?: BreakerPolicy
}
