import type { Clock } from '../../../services/shared/ports/clock.ts'

/** A clock that stands still until it is moved, made for millions of timers. */
export interface SimClock extends Clock {
  /**
   * Moves on, running timers in the order of their time, those of one time in the order of their
   * making. After each time on the way everything that promises hang on it is done.
   */
  advance(ms: number): Promise<void>
  /** The wall clock goes forward by so much; timers and `monotonic` do not notice. */
  leap(ms: number): void
  /** Timers still waiting. */
  pending(): number
}

interface Timer {
  readonly dueMs: number
  /** Of two at the same time the first made is the first to run. */
  readonly order: number
  /** Gone when it was cancelled or has run. */
  callback: (() => void) | undefined
}

/** A clock for simulations; `startMs` is what `now()` says first, and `monotonic()` starts at 0. */
export function createSimClock(startMs = Date.UTC(2030, 0, 1)): SimClock {
  const heap: Timer[] = []
  let elapsedMs = 0
  let leaptMs = 0
  let made = 0
  let waiting = 0

  function runDue(): void {
    for (let first = heap[0]; first !== undefined && first.dueMs <= elapsedMs; first = heap[0]) {
      takeFirst(heap)
      const { callback } = first
      if (callback === undefined) continue
      first.callback = undefined
      waiting--
      callback()
    }
  }

  /** A cancelled timer in front is no time to stop at. */
  function nextDueMs(): number {
    while (heap[0] !== undefined && heap[0].callback === undefined) takeFirst(heap)
    return heap[0]?.dueMs ?? Number.POSITIVE_INFINITY
  }

  return {
    now: () => startMs + leaptMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, callback) {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), order: made++, callback }
      const entry: Timer = timer
      add(heap, entry)
      waiting++
      return () => {
        if (entry.callback !== undefined) waiting--
        entry.callback = undefined
      }
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms
      await turn()
      for (let dueMs = nextDueMs(); dueMs <= untilMs; dueMs = nextDueMs()) {
        elapsedMs = Math.max(elapsedMs, dueMs)
        runDue()
        await turn()
      }
      elapsedMs = untilMs
    },
    leap(ms) {
      leaptMs += ms
    },
    pending: () => waiting,
  }
}

/** Every promise that can go on without a timer has done so after it. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order)
}

function add(heap: Timer[], timer: Timer): void {
  let at = heap.length
  heap.push(timer)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || isBefore(parent, timer)) break
    heap[at] = parent
    at = above
  }
  heap[at] = timer
}

function takeFirst(heap: Timer[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    const right = heap[2 * at + 2]
    if (left === undefined) break
    const isRight = right !== undefined && isBefore(right, left)
    const child = isRight ? right : left
    if (isBefore(last, child)) break
    heap[at] = child
    at = 2 * at + (isRight ? 2 : 1)
  }
  heap[at] = last
}
