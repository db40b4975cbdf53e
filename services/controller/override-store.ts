import { type Override, overrideKey } from '../shared/domain/override.ts'
import type { KeyValue } from '../shared/ports/bus.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { overrideBucketKey, overrideMessage } from '../shared/wire/override-message.ts'

/** Somebody else may write the same key at the same moment, but not for ever. */
const MAX_TRIES = 5

/** What is stored, as far as it can be read. */
export interface StoredOverrides {
  readonly overrides: readonly Override[]
  /** Why some of it cannot be read. */
  readonly damage?: string
}

/** Told of what another controller has stored; without an override it was deleted. */
export type OverrideListener = (key: string, override: Override | undefined) => void

/**
 * The operators' word in a bucket. Each key is written by compare-and-set, one write after the
 * other, so that a former leader's late write is noticed; what could not be stored is tried again
 * for as long as we lead.
 */
export class OverrideStore {
  readonly #bucket: KeyValue
  readonly #mayWrite: () => boolean
  /** Revisions of what is there, by key of the bucket. */
  readonly #present = new Map<string, number>()
  /** The newest revision that is known of each key, deletions included. */
  readonly #newest = new Map<string, number>()
  readonly #turns = new Map<string, Promise<void>>()
  /** What is to be stored and is not yet. */
  readonly #wanted = new Map<string, Uint8Array | undefined>()

  constructor(bucket: KeyValue, mayWrite: () => boolean) {
    this.#bucket = bucket
    this.#mayWrite = mayWrite
  }

  /** Everything that is stored; what was wanted and could not be stored is given up. */
  async load(): Promise<StoredOverrides> {
    const overrides: Override[] = []
    const damages = this.#bucket.damage === undefined ? [] : [this.#bucket.damage]
    const entries = await this.#bucket.entries()
    this.#wanted.clear()
    this.#present.clear()
    for (const { key, value, revision } of entries) {
      this.#note(key, revision, true)
      try {
        const override = overrideMessage.decode(value)
        if (overrideBucketKey(overrideKey(override)) === key) overrides.push(override)
        else damages.push(`override ${key} is about something else`)
      } catch (error) {
        damages.push(`override ${key}: ${error instanceof Error ? error.message : error}`)
      }
    }
    return damages.length === 0 ? { overrides } : { overrides, damage: damages.join('; ') }
  }

  /** Resolves when it is stored; a rejection does not end the trying. */
  put(override: Override): Promise<void> {
    const key = overrideBucketKey(overrideKey(override))
    return this.#want(key, overrideMessage.encode(override))
  }

  /** Resolves when it is gone from the store. */
  delete(key: string): Promise<void> {
    return this.#want(overrideBucketKey(key), undefined)
  }

  /** Tries again what could not be stored. */
  async retry(): Promise<void> {
    for (const key of [...this.#wanted.keys()]) if (!this.#turns.has(key)) await this.#inTurn(key)
  }

  /** Follows what others store. Returns how to stop. */
  follow(listener: OverrideListener, onError: (error: unknown) => void): () => void {
    return this.#bucket.watch(({ key, value, revision }) => {
      // Our own writes come back, too, perhaps before their answer; a later one counts.
      if (this.#wanted.has(key) || revision <= (this.#newest.get(key) ?? 0)) return
      this.#note(key, revision, value !== undefined)
      try {
        const override = value === undefined ? undefined : overrideMessage.decode(value)
        listener(override === undefined ? key.replace('.', '/') : overrideKey(override), override)
      } catch (error) {
        onError(error)
      }
    })
  }

  #want(key: string, value: Uint8Array | undefined): Promise<void> {
    this.#wanted.set(key, value)
    return this.#inTurn(key)
  }

  #inTurn(key: string): Promise<void> {
    const before = this.#turns.get(key) ?? Promise.resolve()
    const turn = before
      .catch(() => undefined)
      .then(() => this.#store(key))
      .finally(() => {
        if (this.#turns.get(key) === turn) this.#turns.delete(key)
      })
    this.#turns.set(key, turn)
    return turn
  }

  /** Stores the newest that is wanted; a turn whose wish is fulfilled already has nothing to do. */
  async #store(key: string): Promise<void> {
    for (let tries = 0; this.#wanted.has(key); tries++) {
      if (!this.#mayWrite()) throw notLeading()
      const value = this.#wanted.get(key)
      try {
        await this.#write(key, value)
        if (this.#wanted.get(key) === value) this.#wanted.delete(key)
        return
      } catch (error) {
        const isConflict = error instanceof ServiceError && error.code === 'bus.conflict'
        if (!isConflict || tries >= MAX_TRIES) throw error
        const entry = await this.#bucket.get(key)
        if (entry === undefined) this.#present.delete(key)
        else this.#note(key, entry.revision, true)
      }
    }
  }

  async #write(key: string, value: Uint8Array | undefined): Promise<void> {
    const expected = this.#present.get(key) ?? 0
    if (value !== undefined) {
      this.#note(key, await this.#bucket.put(key, value, expected), true)
    } else if (expected > 0) {
      await this.#bucket.delete(key, expected)
      this.#note(key, expected, false)
    }
  }

  #note(key: string, revision: number, isPresent: boolean): void {
    this.#newest.set(key, Math.max(revision, this.#newest.get(key) ?? 0))
    if (isPresent) this.#present.set(key, revision)
    else this.#present.delete(key)
  }
}

/** Said to whoever asks a controller that does not lead. */
export function notLeading(): ServiceError {
  const message = 'this controller does not lead (any more): ask again in a few seconds'
  return new ServiceError('controller.not-leading', message, { retryable: true })
}
