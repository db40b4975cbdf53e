import { createHash } from 'node:crypto'
import type { Order } from '../../shared/domain/notification.ts'
import type { KeyValue } from '../../shared/ports/bus.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { type Delivery, deliveryMessage } from '../../shared/wire/delivery-message.ts'

/** A delivery as it is stored, and as it is known here. */
export interface Kept {
  readonly key: string
  readonly delivery: Delivery
  readonly revision: number
}

const PREFIX = 'delivery.'
const TICK_MS = 0.01
const DAY_MS = 86_400_000
/** What is over is remembered so long, and so much of it, the latest. */
const KEEP_MS = 14 * DAY_MS
const MAX_OVER = 1000
const MAX_DEAD = 200

/** Every delivery of the bucket `alerter`, written by compare-and-set only. */
export class DeliveryBook {
  readonly #bucket: KeyValue
  readonly #kept = new Map<string, Kept>()
  /** No two are taken at the same time, so that their order is known for ever. */
  #lastTaken = 0

  constructor(bucket: KeyValue) {
    this.#bucket = bucket
  }

  /** Reads what is stored; one that cannot be read is left alone, and returned by its key. */
  async load(): Promise<readonly string[]> {
    const unreadable: string[] = []
    for (const { key, value, revision } of await this.#bucket.entries()) {
      if (!key.startsWith(PREFIX)) continue
      try {
        const delivery = deliveryMessage.decode(value)
        this.#kept.set(key, { key, delivery, revision })
        this.#lastTaken = Math.max(this.#lastTaken, delivery.takenAt)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        unreadable.push(key)
      }
    }
    return unreadable
  }

  /** In the order in which they were taken. */
  all(): readonly Kept[] {
    return [...this.#kept.values()].sort((a, b) => a.delivery.takenAt - b.delivery.takenAt)
  }

  /** Stores a new one; undefined when it is there already, whoever took it. */
  async add(order: Order, now: number): Promise<Kept | undefined> {
    const key = keyOf(order)
    if (this.#kept.has(key)) return undefined
    const state = { type: 'decided', dueAt: now } as const
    this.#lastTaken = Math.max(now, this.#lastTaken + TICK_MS)
    const delivery: Delivery = { order, takenAt: this.#lastTaken, attempts: 0, state }
    try {
      const revision = await this.#bucket.put(key, deliveryMessage.encode(delivery), 0)
      const kept = { key, delivery, revision }
      this.#kept.set(key, kept)
      return kept
    } catch (error) {
      if (!isConflict(error)) throw error
      await this.#reread(key)
      return undefined
    }
  }

  /** Writes how far one is now; false when somebody else has written meanwhile. */
  async change(key: string, next: Pick<Delivery, 'state' | 'attempts'>): Promise<boolean> {
    const kept = this.#kept.get(key)
    if (kept === undefined) return false
    const delivery = { ...kept.delivery, ...next }
    try {
      const bytes = deliveryMessage.encode(delivery)
      const revision = await this.#bucket.put(key, bytes, kept.revision)
      this.#kept.set(key, { key, delivery, revision })
      return true
    } catch (error) {
      if (!isConflict(error)) throw error
      await this.#reread(key)
      return false
    }
  }

  get(key: string): Kept | undefined {
    return this.#kept.get(key)
  }

  /** Forgets what has been over for long, and the oldest of too many. */
  async prune(now: number): Promise<void> {
    const over = this.all().filter(({ delivery }) => endOf(delivery) !== undefined)
    const dead = over.filter(({ delivery }) => delivery.state.type === 'dead')
    const surplus = new Set([
      ...over.slice(0, Math.max(0, over.length - MAX_OVER)),
      ...dead.slice(0, Math.max(0, dead.length - MAX_DEAD)),
      ...over.filter(({ delivery }) => (endOf(delivery) ?? now) < now - KEEP_MS),
    ])
    for (const { key, revision } of surplus) {
      await this.#bucket.delete(key, revision)
      this.#kept.delete(key)
    }
  }

  async #reread(key: string): Promise<void> {
    const entry = await this.#bucket.get(key)
    if (entry === undefined) this.#kept.delete(key)
    else {
      const delivery = deliveryMessage.decode(entry.value)
      this.#kept.set(key, { key, delivery, revision: entry.revision })
    }
  }
}

/** When one was over, milliseconds since the epoch; undefined while it is under way. */
export function endOf({ state }: Delivery): number | undefined {
  return state.type === 'delivered' || state.type === 'dead' ? state.at : undefined
}

function keyOf({ channel, notification }: Order): string {
  const digest = createHash('sha256').update(`${channel}\n${notification.dedupKey}`).digest('hex')
  return `${PREFIX}${digest.slice(0, 40)}`
}

function isConflict(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'bus.conflict'
}
