import type { Clock } from '../ports/clock.ts'

/** Calls back once each period until told to stop; the first time after a whole one. */
export function every(clock: Clock, periodMs: number, callback: () => void): () => void {
  let cancel = clock.after(periodMs, tick)
  function tick(): void {
    cancel = clock.after(periodMs, tick)
    callback()
  }
  return () => cancel()
}
