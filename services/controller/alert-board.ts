import type { Alert } from '../shared/domain/alert.ts'
import type { KeyValue } from '../shared/ports/bus.ts'
import { alertBucketKey, alertMessage } from '../shared/wire/alert-message.ts'

/**
 * The alerts that are raised, in a bucket: who takes the lead next knows them and raises none
 * twice. Written only by the leader, as a whole: what could not be written is written with the
 * next.
 */
export class AlertBoard {
  readonly #bucket: KeyValue
  readonly #mayWrite: () => boolean
  #written = new Map<string, string>()
  #writing: Promise<void> = Promise.resolve()
  #isWaiting = false

  constructor(bucket: KeyValue, mayWrite: () => boolean) {
    this.#bucket = bucket
    this.#mayWrite = mayWrite
  }

  /** What is raised, for somebody who takes the lead; an entry that nobody can read is none. */
  async load(): Promise<readonly Alert[]> {
    const written = new Map<string, string>()
    const alerts: Alert[] = []
    for (const { key, value } of await this.#bucket.entries()) {
      written.set(key, new TextDecoder().decode(value))
      try {
        alerts.push(alertMessage.decode(value))
      } catch {
        // Written over or deleted with the next writing.
      }
    }
    this.#written = written
    return alerts
  }

  /** Writes what differs from these. One writing at a time; the newest alerts count. */
  write(alerts: ReadonlyMap<string, Alert>): Promise<void> {
    if (this.#isWaiting) return this.#writing
    this.#isWaiting = true
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#isWaiting = false
        return this.#writeNow(alerts)
      })
    return this.#writing
  }

  async #writeNow(alerts: ReadonlyMap<string, Alert>): Promise<void> {
    const wanted = new Map<string, Uint8Array>()
    for (const alert of alerts.values()) {
      wanted.set(alertBucketKey(alert.key), alertMessage.encode(alert))
    }
    for (const [key, value] of wanted) {
      const text = new TextDecoder().decode(value)
      if (this.#written.get(key) === text || !this.#mayWrite()) continue
      await this.#bucket.put(key, value)
      this.#written.set(key, text)
    }
    for (const key of [...this.#written.keys()]) {
      if (wanted.has(key) || !this.#mayWrite()) continue
      await this.#bucket.delete(key)
      this.#written.delete(key)
    }
  }
}
