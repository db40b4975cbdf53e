import type { Alert, OverAlert } from '../domain/alert.ts'

/** What people are told at one moment: alerts that come together are one notice. */
export interface Notice {
  readonly cluster: string
  readonly raised: readonly Alert[]
  readonly over: readonly OverAlert[]
}

/** A way to reach people. */
export interface Notifier {
  /** `webhook`, `mail`: for logs, and for what is remembered of it. */
  readonly name: string
  /** Resolves when the notice has been taken over; throws when it may be tried again. */
  notify(notice: Notice): Promise<void>
  close(): void
}
