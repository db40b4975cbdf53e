import type { Clock } from '../ports/clock.ts'

/** What the bus lends to its stores: its queue, and a way to make `settled` wait. */
export interface StoreHost {
  /** Runs a callback after all that were handed over before; what it throws is reported. */
  deliver(callback: () => void, where: string): void
  /** For what went wrong in the background, with nobody waiting for it. */
  report(error: unknown, where: string): void
  /** For entries that expire. */
  readonly clock: Clock
  /** Makes `settled` wait for this work. */
  track<Result>(work: Promise<Result>): Promise<Result>
}

/** A store that holds files open. */
export interface Closable {
  close(): Promise<void>
}
