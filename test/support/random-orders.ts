import type { Amount } from '../../services/shared/domain/amount.ts'
import type { DeadlineAct } from '../../services/shared/domain/override.ts'

/** What is asked of a real server, apart from whose and for how long. */
export type Order =
  | { readonly verb: 'maintenance' | 'enable' }
  | {
      readonly verb: 'drain'
      readonly deadlineMs?: number
      readonly atDeadline?: DeadlineAct
      readonly hold?: true
    }
  | { readonly verb: 'weight'; readonly weight: Amount | 'configured' }

/** What operators could ask for from the beginning. */
export const PLAIN_ORDERS: readonly Order[] = [
  { verb: 'drain' },
  { verb: 'maintenance' },
  { verb: 'enable' },
]
/** Deadlines and weights, too. */
export const ORDERS: readonly Order[] = [
  ...PLAIN_ORDERS,
  { verb: 'drain', deadlineMs: 5000, atDeadline: 'keep' },
  { verb: 'drain', deadlineMs: 5000, atDeadline: 'remove', hold: true },
  { verb: 'drain', deadlineMs: 1000, atDeadline: 'cut' },
  { verb: 'weight', weight: { count: 7 } },
  { verb: 'weight', weight: { count: 0 } },
  { verb: 'weight', weight: { share: 0.5 } },
  { verb: 'weight', weight: 'configured' },
]
