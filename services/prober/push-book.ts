import type { Pushed } from '../../probes/check.ts'
import type { ProbeId } from '../shared/domain/check-spec.ts'
import type { Clock } from '../shared/ports/clock.ts'

interface Page {
  readonly since: number
  last?: { readonly state: string; readonly message: string; readonly at: number }
}

/** The last word of each real server that reports itself. In memory: a restart listens anew. */
export class PushBook {
  readonly #clock: Clock
  readonly #pages = new Map<ProbeId, Page>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Listens for these probes from now on, and forgets all others. */
  listenFor(probes: ReadonlySet<ProbeId>): void {
    for (const probe of this.#pages.keys()) if (!probes.has(probe)) this.#pages.delete(probe)
    const since = this.#clock.monotonic()
    for (const probe of probes) if (!this.#pages.has(probe)) this.#pages.set(probe, { since })
  }

  /** Takes a word down; false for a probe that nobody listens for. */
  hear(probe: ProbeId, state: string, message: string): boolean {
    const page = this.#pages.get(probe)
    if (page !== undefined) page.last = { state, message, at: this.#clock.monotonic() }
    return page !== undefined
  }

  /** What a run of the probe is told. */
  read(probe: ProbeId): Pushed | undefined {
    const page = this.#pages.get(probe)
    if (page === undefined) return undefined
    const now = this.#clock.monotonic()
    const listenedMs = now - page.since
    if (page.last === undefined) return { listenedMs }
    const { state, message, at } = page.last
    return { listenedMs, last: { state, message, ageMs: now - at } }
  }
}
