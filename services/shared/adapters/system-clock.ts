import type { Clock } from '../ports/clock.ts'

/** Node cuts longer timers to one millisecond, so a longer wait is made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The machine's own time. Its timers never keep the process alive. */
export function createSystemClock(): Clock {
  return { now: Date.now, monotonic: () => performance.now(), after }
}

function after(delayMs: number, callback: () => void): () => void {
  if (delayMs > LONGEST_TIMER_MS) return afterLong(delayMs, callback)
  const timer = setTimeout(callback, delayMs)
  timer.unref()
  return () => clearTimeout(timer)
}

function afterLong(delayMs: number, callback: () => void): () => void {
  let cancel = after(LONGEST_TIMER_MS, () => {
    cancel = after(delayMs - LONGEST_TIMER_MS, callback)
  })
  return () => cancel()
}
