/** The only source of time and timers. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number
  /** Never goes back; milliseconds from an arbitrary start, with fractions. */
  monotonic(): number
  /** Calls back once after the delay; returns how to cancel. Never keeps the process alive. */
  after(delayMs: number, callback: () => void): () => void
}
