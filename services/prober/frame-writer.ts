import type { Observation } from '../shared/domain/observation.ts'
import type { Clock } from '../shared/ports/clock.ts'

/** How long news that changes nothing may wait for company. */
const STEADY_WITHIN_MS = 100
/** A frame stays well below the megabyte that message servers take by default. */
const MAX_OBSERVATIONS = 1000

/** Collects observations into frames: news goes out at once and takes along what waits. */
export class FrameWriter {
  readonly #clock: Clock
  readonly #send: (observations: readonly Observation[]) => void
  #waiting: Observation[] = []
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, send: (observations: readonly Observation[]) => void) {
    this.#clock = clock
    this.#send = send
  }

  add(observation: Observation, isNews: boolean): void {
    this.#waiting.push(observation)
    if (isNews || this.#waiting.length >= MAX_OBSERVATIONS) this.flush()
    else this.#cancelTimer ??= this.#clock.after(STEADY_WITHIN_MS, () => this.flush())
  }

  flush(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#waiting.length === 0) return
    const observations = this.#waiting
    this.#waiting = []
    this.#send(observations)
  }
}
