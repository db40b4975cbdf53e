import { compareVersions, type TableVersion } from '../shared/domain/desired-table.ts'
import type { ServiceKey } from '../shared/domain/virtual-service.ts'
import type { Bus, KeyValue } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { bucketName } from '../shared/wire/subjects.ts'

/** After this long an agent begins without its memory: its table must not wait for the bus. */
const PATIENCE_MS = 2000
/** Between two tries to read or write, and between two writes. */
const REST_MS = 1000

/** Whose memory, and where it is kept. */
export interface DirectorMemoryParts {
  readonly cluster: string
  readonly director: string
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * What one director remembers over restarts, in the bucket of the directors: which virtual services
 * are its own, to change and to remove, and the newest table that it has taken. Reads and writes
 * happen behind the agent's back and are tried again for ever, so neither waits for the bus. Lost
 * memory makes former services foreign: they are left alone, which is the safe side.
 */
export class DirectorMemory {
  readonly #parts: DirectorMemoryParts
  #bucket: KeyValue | undefined
  #isLoaded = false
  #isStopped = false
  #owned = new Set<ServiceKey>()
  #version: TableVersion = { epoch: 0, generation: 0 }
  /** Services that were given up before the memory was there. */
  readonly #disowned = new Set<ServiceKey>()
  readonly #unsaved = new Set<'owned' | 'seen'>()
  #writing: Promise<void> | undefined
  #cancelNext: () => void = () => undefined

  constructor(parts: DirectorMemoryParts) {
    this.#parts = parts
  }

  /** Begins to read; resolves when it is read, or after two seconds without. */
  async open(): Promise<void> {
    const { clock } = this.#parts
    let cancel: () => void = () => undefined
    const patience = new Promise<void>((resolve) => {
      cancel = clock.after(PATIENCE_MS, resolve)
    })
    await Promise.race([this.#load(), patience])
    cancel()
  }

  /** Virtual services that are ours. */
  owned(): ReadonlySet<ServiceKey> {
    return this.#owned
  }

  /** The newest table ever taken, as far as it is remembered. */
  seen(): TableVersion {
    return this.#version
  }

  own(keys: readonly ServiceKey[]): void {
    this.#replace(new Set([...this.#owned, ...keys]))
  }

  ownOnly(keys: readonly ServiceKey[]): void {
    const kept = new Set(keys)
    for (const key of this.#owned) if (!kept.has(key)) this.#disowned.add(key)
    this.#replace(kept)
  }

  /** A table was taken; an older one only where the count has begun anew. */
  see({ epoch, generation }: TableVersion): void {
    this.#version = { epoch, generation }
    this.#unsaved.add('seen')
    this.#saveSoon()
  }

  /** Writes what is not written yet, if the bus lets it, in a second at most. */
  async close(): Promise<void> {
    const { clock } = this.#parts
    this.#isStopped = true
    this.#cancelNext()
    let cancel: () => void = () => undefined
    const patience = new Promise<void>((resolve) => {
      cancel = clock.after(REST_MS, resolve)
    })
    await Promise.race([this.#finish(), patience])
    cancel()
  }

  async #finish(): Promise<void> {
    await this.#writing
    if (this.#isLoaded) await this.#write().catch(() => undefined)
  }

  #replace(keys: Set<ServiceKey>): void {
    if (keys.size === this.#owned.size && [...keys].every((one) => this.#owned.has(one))) return
    this.#owned = keys
    this.#unsaved.add('owned')
    this.#saveSoon()
  }

  async #load(): Promise<void> {
    const { cluster, director, bus, clock, logger } = this.#parts
    try {
      const bucket = await bus.keyValue(bucketName(cluster, 'directors'))
      const [owned, seen] = [
        await bucket.get(`${director}.owned`),
        await bucket.get(seenKey(director)),
      ]
      if (this.#isStopped) return
      this.#bucket = bucket
      const stored = decodeKeys(owned?.value).filter((key) => !this.#disowned.has(key))
      this.#owned = new Set([...stored, ...this.#owned])
      const version = decodeVersion(seen?.value)
      if (compareVersions(version, this.#version) > 0) this.#version = version
      this.#isLoaded = true
      this.#saveSoon()
    } catch (error) {
      logger.warn({ error }, 'the memory of this director cannot be read yet')
      if (this.#isStopped) return
      await new Promise<void>((resolve) => {
        this.#cancelNext = clock.after(REST_MS, resolve)
      })
      await this.#load()
    }
  }

  /** At once when nothing has been written for a while; what changes meanwhile goes together. */
  #saveSoon(): void {
    if (!this.#isLoaded || this.#isStopped || this.#writing !== undefined) return
    if (this.#unsaved.size === 0) return
    const { clock, logger } = this.#parts
    this.#writing = this.#write()
      .catch((error: unknown) => logger.warn({ error }, 'the memory cannot be written yet'))
      .then(() => {
        if (this.#isStopped) return
        this.#cancelNext = clock.after(REST_MS, () => {
          this.#writing = undefined
          this.#saveSoon()
        })
      })
  }

  async #write(): Promise<void> {
    const { director } = this.#parts
    for (const what of [...this.#unsaved]) {
      this.#unsaved.delete(what)
      const value = what === 'owned' ? [...this.#owned] : this.#version
      const key = what === 'owned' ? `${director}.owned` : seenKey(director)
      try {
        await this.#bucket?.put(key, new TextEncoder().encode(JSON.stringify(value)))
      } catch (error) {
        this.#unsaved.add(what)
        throw error
      }
    }
  }
}

function seenKey(director: string): string {
  return `${director}.seen`
}

function decodeKeys(value: Uint8Array | undefined): ServiceKey[] {
  const keys = parse(value)
  return Array.isArray(keys) ? keys.filter(isServiceKey) : []
}

function decodeVersion(value: Uint8Array | undefined): TableVersion {
  const { epoch, generation } = { ...Object(parse(value)) } as Readonly<Record<string, unknown>>
  const isWhole = Number.isSafeInteger(epoch) && Number.isSafeInteger(generation)
  return isWhole
    ? { epoch: epoch as number, generation: generation as number }
    : { epoch: 0, generation: 0 }
}

function parse(value: Uint8Array | undefined): unknown {
  try {
    return value === undefined ? undefined : JSON.parse(new TextDecoder().decode(value))
  } catch {
    return undefined
  }
}

function isServiceKey(value: unknown): value is ServiceKey {
  return typeof value === 'string'
}
