import type { CheckSpec, ProbeId } from '../shared/domain/check-spec.ts'
import type { Observation } from '../shared/domain/observation.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { type Settling, settle, UNSETTLED } from './core/settling.ts'

/** Trouble comes in heaps: canaries are hurried no more often. */
const HURRY_EVERY_MS = 250

/**
 * Looks at the canaries of the own vantage: whether most of them answer, and that they are asked as
 * soon as something else fails, because a failure without a canary that answers may be our own.
 */
export class CanaryWatch {
  readonly #clock: Clock
  readonly #hurry: (probes: Iterable<ProbeId>) => void
  readonly #onChange: () => void
  #specs = new Map<ProbeId, CheckSpec>()
  readonly #settling = new Map<ProbeId, Settling>()
  #hurriedMs = Number.NEGATIVE_INFINITY
  #isFit = true

  constructor(clock: Clock, act: { hurry(probes: Iterable<ProbeId>): void; onChange(): void }) {
    this.#clock = clock
    this.#hurry = act.hurry
    this.#onChange = act.onChange
  }

  /** Not more than half of the canaries are down. */
  get isFit(): boolean {
    return this.#isFit
  }

  setCanaries(specs: readonly CheckSpec[]): void {
    this.#specs = new Map(specs.map((spec) => [spec.probe, spec]))
    for (const probe of this.#settling.keys()) {
      if (!this.#specs.has(probe)) this.#settling.delete(probe)
    }
    this.#judge()
  }

  see({ probe, outcome }: Observation, isNews: boolean): void {
    const spec = this.#specs.get(probe)
    if (spec === undefined) {
      if (isNews && outcome.outcome === 'fail') this.#ask()
      return
    }
    const before = this.#settling.get(probe) ?? UNSETTLED
    this.#settling.set(probe, settle(before, outcome.outcome, spec))
    this.#judge()
  }

  #ask(): void {
    const nowMs = this.#clock.monotonic()
    if (this.#specs.size === 0 || nowMs - this.#hurriedMs < HURRY_EVERY_MS) return
    this.#hurriedMs = nowMs
    this.#hurry(this.#specs.keys())
  }

  #judge(): void {
    let down = 0
    for (const { verdict } of this.#settling.values()) if (verdict === 'fail') down++
    const isFit = 2 * down <= this.#specs.size
    if (isFit === this.#isFit) return
    this.#isFit = isFit
    this.#onChange()
  }
}
