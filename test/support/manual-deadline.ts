import type { Deadline } from '../../probes/check.ts'

/** A deadline that passes when the test says so. */
export class ManualDeadline implements Deadline {
  expired = false
  readonly #listeners = new Set<() => void>()

  onExpire(listener: () => void): () => void {
    if (this.expired) queueMicrotask(listener)
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  expire(): void {
    this.expired = true
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }
}
