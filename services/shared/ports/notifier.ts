import type { ChannelType, SecretSource, SettingsOf } from '../domain/channel.ts'
import type { Notification } from '../domain/notification.ts'
import type { Clock } from './clock.ts'

/** What became of one attempt to tell. */
export type SendResult =
  | {
      readonly outcome: 'delivered'
      /** What was not well all the same: one of several receivers was refused. */
      readonly remark?: string
    }
  | {
      readonly outcome: 'failed'
      /** In words, without any secret. */
      readonly reason: string
      /** Trying again is of no use: 4xx, an address that does not exist. */
      readonly isPermanent: boolean
      /** The other side asked for it: 429 or 503 with Retry-After. */
      readonly retryAfterMs?: number
    }

/** A way to reach people, open. */
export interface Notifier {
  /**
   * The receiver drops what it has got before, by `dedupKey`: only then an attempt that nobody
   * knows the end of is made again.
   */
  readonly isIdempotent: boolean
  /** One attempt; never throws for what the other side does. Bounded by the channel's timeout. */
  send(notification: Notification, signal: AbortSignal): Promise<SendResult>
  close(): void
}

/** What notifiers are made with. */
export interface NotifierDeps {
  readonly clock: Clock
  /** Throws a `ServiceError` that names the file or variable, never its content. */
  readonly readSecret: (source: SecretSource) => string
  /** The only folder whose programs are run; none are without it. */
  readonly programs?: string
}

/** Opens a channel of each type of the cluster file: one without an opener does not compile. */
export type NotifierRegistry = {
  readonly [T in ChannelType]: (settings: SettingsOf<T>, deps: NotifierDeps) => Notifier
}
