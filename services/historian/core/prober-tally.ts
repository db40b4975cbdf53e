import type { Observation } from '../../shared/domain/observation.ts'
import type { Point } from '../../shared/domain/point.ts'

/** More probers than any cluster has; others are not counted, so that nobody makes series up. */
const MOST_PROBERS = 1000

interface Count {
  readonly prober: string
  readonly vantage: string
  observations: number
  failed: number
  inconclusive: number
  lagMs: number
}

/** What came from each prober since it was last asked. */
export class ProberTally {
  #counts = new Map<string, Count>()

  /** Adds a frame that was heard at `heardAt`. */
  add(
    prober: string,
    vantage: string,
    observations: readonly Observation[],
    heardAt: number,
  ): void {
    const key = `${prober}\u0000${vantage}`
    let count = this.#counts.get(key)
    if (count === undefined) {
      if (this.#counts.size >= MOST_PROBERS) return
      count = { prober, vantage, observations: 0, failed: 0, inconclusive: 0, lagMs: 0 }
      this.#counts.set(key, count)
    }
    for (const { at, outcome } of observations) {
      count.observations++
      if (outcome.outcome === 'fail') count.failed++
      if (outcome.outcome === 'inconclusive') count.inconclusive++
      // Clocks of two machines may differ a little: nothing is heard before it is said.
      count.lagMs = Math.max(count.lagMs, heardAt - at)
    }
  }

  /** A point for each prober that was heard, and begins again. */
  take(at: number): readonly Point[] {
    const counts = [...this.#counts.values()]
    this.#counts = new Map()
    return counts.map(({ prober, vantage, observations, failed, inconclusive, lagMs }) => ({
      measurement: 'prober',
      at,
      tags: { prober, vantage },
      fields: { observations, failed, inconclusive, lag_ms: lagMs },
    }))
  }
}
