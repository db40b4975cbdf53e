import type { PoolPolicy } from '../../../shared/domain/pool.ts'

/** Whether enough weight is up; `unknown` while real servers have yet to speak. */
export type Quorum = 'up' | 'down' | 'unknown'

/**
 * keepalived's quorum: lost when less than `quorum - hysteresis` is up, or nothing; there again
 * from `quorum + hysteresis` on (check/ipwrapper.c, update_quorum_state).
 */
export function judgeQuorum(
  before: Quorum,
  { quorum, hysteresis }: PoolPolicy,
  live: number,
): Exclude<Quorum, 'unknown'> {
  if (live === 0) return 'down'
  if (before === 'up') return live < quorum - hysteresis ? 'down' : 'up'
  if (before === 'down') return live >= quorum + hysteresis ? 'up' : 'down'
  return live >= quorum ? 'up' : 'down'
}
