import type { DeadlineAct } from '../../shared/domain/override.ts'

/** How a pool is gone through. */
export interface RollingOptions {
  /** `web1`, `web/web1`, `zone:rack-b`. */
  readonly targets: readonly string[]
  /** Virtual services: all of their real servers. */
  readonly pools: readonly string[]
  /** How many may be out at the same time. */
  readonly max: number
  /** What is run for each; `{server}`, `{address}` and `{target}` in a word stand for its own. */
  readonly command: readonly string[]
  readonly owner: string
  readonly reason: string
  /** Of each drain. */
  readonly forMs?: number
  readonly deadlineMs?: number
  readonly atDeadline?: DeadlineAct
  readonly force?: boolean
  /** For so long all must be well before the next one. */
  readonly settleMs: number
  /** Within so long it must be well again. */
  readonly withinMs: number
}
