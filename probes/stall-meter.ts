/** How often the meter looks while runs are under way. */
const LOOK_MS = 100
/** A look that is late by less is nothing: timers are never exact. */
export const STALL_MS = 50

/**
 * Tells how long this process has stood still while runs were under way: other work kept it from
 * its sockets, or the machine gave it no processor. One timer for all runs, none without any.
 */
class StallMeter {
  #runs = 0
  #lookedMs = 0
  #stalledMs = 0
  #timer: NodeJS.Timeout | undefined

  /** A run begins; returns what `total` says now. */
  begin(nowMs: number): number {
    this.#runs++
    if (this.#timer === undefined) {
      this.#lookedMs = nowMs
      this.#timer = setInterval(() => this.#look(), LOOK_MS)
    }
    return this.total(nowMs)
  }

  /** A run is over. */
  end(): void {
    this.#runs--
    if (this.#runs > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Milliseconds up to now, with what the timer has yet to notice. */
  total(nowMs: number): number {
    const lateMs = nowMs - this.#lookedMs - LOOK_MS
    return this.#stalledMs + (this.#timer !== undefined && lateMs > STALL_MS ? lateMs : 0)
  }

  #look(): void {
    const nowMs = performance.now()
    this.#stalledMs = this.total(nowMs)
    this.#lookedMs = nowMs
  }
}

/** There is one event loop, so there is one meter. */
export const stallMeter: Pick<StallMeter, 'begin' | 'end' | 'total'> = new StallMeter()
