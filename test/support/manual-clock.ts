import type { Clock } from '../../services/shared/ports/clock.ts'

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Moves on, running the timers that come due on the way in order of their time. Between two
   * timers the event loop turns, so promises and queues that hang on the first are done.
   */
  advance(ms: number): Promise<void>
  /** Sets the wall clock forward or back by so much; timers and `monotonic` do not notice. */
  jump(ms: number): void
  /** Timers still waiting. */
  pending(): number
}

interface Timer {
  readonly dueMs: number
  readonly callback: () => void
}

/** A manual clock; `startMs` is what `now()` says first, and `monotonic()` starts at 0. */
export function createManualClock(startMs = Date.UTC(2030, 0, 1)): ManualClock {
  const timers = new Set<Timer>()
  let wallMs = startMs
  let elapsedMs = 0

  /** Timers are kept in the order of creation, so the first with the least time is next. */
  function nextDue(untilMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer
    }
    return next
  }

  return {
    now: () => wallMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, callback) {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms
      await turn()
      for (let next = nextDue(untilMs); next !== undefined; next = nextDue(untilMs)) {
        timers.delete(next)
        elapsedMs = next.dueMs
        next.callback()
        await turn()
      }
      elapsedMs = untilMs
    },
    jump(ms) {
      wallMs += ms
    },
    pending: () => timers.size,
  }
}

/**
 * Every microtask and immediate queued so far is done after it, and so are immediates that those
 * microtasks queue: the deliveries of a bus.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
