import type { Observation } from '../shared/domain/observation.ts'
import type { Clock } from '../shared/ports/clock.ts'

/** How long news that changes nothing may wait for company. */
const STEADY_WITHIN_MS = 100
/** How long news may wait right after other news: what fails together shares few frames. */
const NEWS_WITHIN_MS = 10
/** A frame stays well below the megabyte that message servers take by default. */
const MAX_OBSERVATIONS = 1000

/** Collects observations into frames: news goes out at once and takes along what waits. */
export class FrameWriter {
  readonly #clock: Clock
  readonly #send: (observations: readonly Observation[]) => void
  #waiting: Observation[] = []
  #hasNews = false
  #newsSentMs = Number.NEGATIVE_INFINITY
  #dueMs = Number.POSITIVE_INFINITY
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, send: (observations: readonly Observation[]) => void) {
    this.#clock = clock
    this.#send = send
  }

  add(observation: Observation, isNews: boolean): void {
    this.#waiting.push(observation)
    if (isNews) this.#hasNews = true
    if (this.#waiting.length >= MAX_OBSERVATIONS) this.flush()
    else if (isNews) this.#flushBy(this.#newsSentMs + NEWS_WITHIN_MS)
    else if (this.#cancelTimer === undefined) {
      this.#flushBy(this.#clock.monotonic() + STEADY_WITHIN_MS)
    }
  }

  flush(): void {
    this.#disarm()
    if (this.#waiting.length === 0) return
    const observations = this.#waiting
    this.#waiting = []
    if (this.#hasNews) this.#newsSentMs = this.#clock.monotonic()
    this.#hasNews = false
    this.#send(observations)
  }

  #flushBy(dueMs: number): void {
    if (dueMs >= this.#dueMs) return
    this.#disarm()
    const delayMs = dueMs - this.#clock.monotonic()
    if (delayMs <= 0) {
      this.flush()
      return
    }
    this.#dueMs = dueMs
    this.#cancelTimer = this.#clock.after(delayMs, () => this.flush())
  }

  #disarm(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#dueMs = Number.POSITIVE_INFINITY
  }
}
