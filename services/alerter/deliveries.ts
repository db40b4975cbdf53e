import type { ChannelSettings } from '../shared/domain/channel.ts'
import type { Delivered } from '../shared/domain/delivered.ts'
import type { DeadLetter, Order } from '../shared/domain/notification.ts'

/**
 * Brings orders to their channels: each at most once, over restarts and take-overs.
 *
 * Each order has an entry in the bucket `alerter`, key `delivery.` and a hash of channel and
 * dedupKey, which is written by compare-and-set only:
 * `decided` (made by `take`, revision 0: one that is there is not taken again)
 * -> `sending` (before an attempt, with the alerter's name, the attempt's number and its time)
 * -> `delivered`, or `decided` with a later time after a failure that may pass, or `dead`.
 * A `sending` entry that is older than the longest attempt, and that we do not send ourselves, had
 * an alerter that died in between: it is `decided` again where the notifier is idempotent, else
 * `dead` and uncertain. An entry that is over is kept for as long as its order could come again.
 */
export interface Deliveries {
  /** Reads what is stored and goes on with it. */
  start(): Promise<void>
  /** The channels of the cluster file in force; orders for one that is gone are given up. */
  configure(channels: ReadonlyMap<string, ChannelSettings>): void
  /** Resolves when all of them are stored; throws when that cannot be, to be asked again. */
  take(orders: readonly Order[]): Promise<void>
  /** Newest first. */
  deadLetters(): readonly DeadLetter[]
  /** Waits for attempts under way, up to their timeout. */
  stop(): Promise<void>
}

/** What it tells its alerter. */
export interface DeliveryListener {
  /** Also said again after a restart for what ended shortly before. */
  readonly ended: (delivered: Delivered) => void
}
