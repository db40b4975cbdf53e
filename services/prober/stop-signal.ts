import type { Deadline } from '../../probes/check.ts'

/** Ends every run under way when the prober stops. */
export class StopSignal implements Deadline {
  expired = false
  readonly #listeners = new Set<() => void>()

  onExpire(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  expire(): void {
    this.expired = true
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
  }
}
