import type { Bus, KeyValue, KeyValueEntry } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import { ServiceError } from '../runtime/service-error.ts'
import { bucketName } from '../wire/subjects.ts'
import { within } from './within.ts'

/** An entry that is not renewed is gone after this long; the bucket forgets it. */
export const LEASE_TTL_MS = 3000
/** The holder stops acting so long before others may take over: an act may still be under way. */
const MARGIN_MS = 500
const RENEW_MS = 1000
/** After a renewal that failed, and between two looks of those who wait. */
const RETRY_MS = 250
const POLL_MS = 500
/** An answer that takes longer is given up; whether it took effect is seen at the next look. */
const ATTEMPT_MS = 1000

/** Which lease, and for whom. */
export interface LeaseConfig {
  readonly cluster: string
  /** What is leased: each key has one holder at most. */
  readonly key: 'controller' | 'alerter' | 'historian'
  /** Name of this process among those that want it. */
  readonly holder: string
  /** From now on this process may act, as long as `epoch()` says so. */
  onTaken(epoch: number): void
  /** From now on it may not; it goes on trying. Not called by `stop`. */
  onLost(why: string): void
}

/** Leadership among processes that want the same, by compare-and-set on a bucket that forgets. */
export interface Lease {
  /** Begins to try, for ever; resolves when the first try is over, whatever came of it. */
  start(): Promise<void>
  /**
   * The revision at which it was taken, growing with every taking: the fencing token. `undefined`
   * when this process may not act; ask before each act.
   */
  epoch(): number | undefined
  /** When the last renewal that succeeded was sent, by the monotonic clock. */
  renewedAtMs(): number | undefined
  /** Gives it up, so that another takes over at once. */
  stop(): Promise<void>
}

interface Held {
  readonly epoch: number
  readonly revision: number
  readonly sentMs: number
}

/** What stands in the bucket: the name is for people, the life tells two processes apart. */
interface Claim {
  readonly holder: string
  readonly life: string
}

/**
 * Makes a lease. An outage of the bus means that nobody holds it. A process that starts again under
 * its old name takes the lease of its former life back at once.
 */
export function createLease(config: LeaseConfig, ports: { bus: Bus; clock: Clock }): Lease {
  return new BucketLease(config, ports)
}

class BucketLease implements Lease {
  readonly #config: LeaseConfig
  readonly #bus: Bus
  readonly #clock: Clock
  readonly #claim: Claim
  #bucket: KeyValue | undefined
  #unwatch: () => void = () => undefined
  #held: Held | undefined
  #running: Promise<void> | undefined
  #isAgain = false
  #isStopped = false
  #isClosed = false
  /** Until the first look at the bucket, an entry of our name can only be of a former life. */
  #isNew = true
  #cancelNext: () => void = () => undefined
  #cancelDeadline: () => void = () => undefined

  constructor(config: LeaseConfig, { bus, clock }: { bus: Bus; clock: Clock }) {
    this.#config = config
    this.#bus = bus
    this.#clock = clock
    this.#claim = { holder: config.holder, life: `${clock.now()}-${clock.monotonic()}` }
  }

  start(): Promise<void> {
    return this.#attempt()
  }

  epoch(): number | undefined {
    const held = this.#held
    if (held === undefined || this.#isStopped) return undefined
    return this.#isInTime(held) ? held.epoch : undefined
  }

  renewedAtMs(): number | undefined {
    return this.epoch() === undefined ? undefined : this.#held?.sentMs
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelNext()
    this.#cancelDeadline()
    this.#unwatch()
    await this.#running
    const held = this.#held
    this.#held = undefined
    this.#isClosed = true
    if (held === undefined || this.#bucket === undefined) return
    const release = this.#bucket.delete(this.#config.key, held.revision)
    // Whoever cannot give it up leaves it to expire.
    await within(this.#clock, ATTEMPT_MS, release).catch(() => undefined)
  }

  /** One try at a time; the next is due when this one has an outcome. */
  #attempt(): Promise<void> {
    this.#cancelNext()
    this.#running ??= within(this.#clock, ATTEMPT_MS, this.#look()).then(
      () => this.#schedule(this.#held === undefined ? POLL_MS : RENEW_MS),
      () => this.#schedule(RETRY_MS),
    )
    return this.#running
  }

  #schedule(delayMs: number): void {
    this.#running = undefined
    if (this.#isStopped) return
    const isAgain = this.#isAgain && this.#held === undefined
    this.#isAgain = false
    this.#cancelNext = this.#clock.after(isAgain ? 0 : delayMs, () => this.#attempt())
  }

  async #look(): Promise<void> {
    const bucket = await this.#open()
    const { key } = this.#config
    const held = this.#held
    if (held !== undefined && (await this.#take(bucket, held.revision))) return
    const entry = await bucket.get(key)
    if (entry === undefined || this.#isOurs(entry)) {
      this.#isNew = false
      await this.#take(bucket, entry?.revision ?? 0)
      return
    }
    this.#isNew = false
    this.#lose(`${readClaim(entry)?.holder ?? 'somebody else'} has it`)
  }

  async #open(): Promise<KeyValue> {
    if (this.#bucket !== undefined) return this.#bucket
    const { cluster, key } = this.#config
    const bucket = await this.#bus.keyValue(bucketName(cluster, 'lease'), { ttlMs: LEASE_TTL_MS })
    if (this.#bucket !== undefined || this.#isStopped) return bucket
    this.#bucket = bucket
    this.#unwatch = bucket.watch((entry) => {
      if (entry.key === key && entry.value === undefined) this.#onReleased()
    })
    return bucket
  }

  /** Expiry is seen by looking; that somebody stopped is told. */
  #onReleased(): void {
    if (this.#held !== undefined || this.#isStopped) return
    if (this.#running === undefined) this.#attempt()
    else this.#isAgain = true
  }

  /** Compare-and-set; false when the entry is not as expected any more. */
  async #take(bucket: KeyValue, expected: number): Promise<boolean> {
    const sentMs = this.#clock.monotonic()
    try {
      const value = new TextEncoder().encode(JSON.stringify(this.#claim))
      const revision = await bucket.put(this.#config.key, value, expected)
      this.#hold(revision, sentMs)
      return true
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'bus.conflict') return false
      throw error
    }
  }

  #hold(revision: number, sentMs: number): void {
    // The answer to a try that was given up: a later one knows more.
    if (this.#isClosed || (this.#held?.revision ?? 0) > revision) return
    // A renewal that comes late is a new taking: meanwhile somebody may have thought we are gone.
    if (this.#held !== undefined && !this.#isInTime(this.#held)) this.#lose('renewed too late')
    const before = this.#held
    const held = { epoch: before?.epoch ?? revision, revision, sentMs }
    if (!this.#isInTime(held)) return
    this.#held = held
    this.#cancelDeadline()
    const leftMs = sentMs + LEASE_TTL_MS - MARGIN_MS - this.#clock.monotonic()
    this.#cancelDeadline = this.#clock.after(leftMs, () => this.#lose('not renewed in time'))
    if (before === undefined && !this.#isStopped) this.#config.onTaken(held.epoch)
  }

  #lose(why: string): void {
    if (this.#held === undefined) return
    this.#held = undefined
    this.#cancelDeadline()
    if (!this.#isStopped) this.#config.onLost(why)
  }

  #isInTime({ sentMs }: Held): boolean {
    return this.#clock.monotonic() < sentMs + LEASE_TTL_MS - MARGIN_MS
  }

  #isOurs(entry: KeyValueEntry): boolean {
    const claim = readClaim(entry)
    if (claim === undefined || claim.holder !== this.#claim.holder) return false
    return claim.life === this.#claim.life || this.#isNew
  }
}

/** Whoever wrote something else there holds it all the same, until it expires. */
function readClaim({ value }: KeyValueEntry): Claim | undefined {
  try {
    const claim: unknown = JSON.parse(new TextDecoder().decode(value))
    if (typeof claim !== 'object' || claim === null) return undefined
    const { holder, life } = claim as Partial<Record<keyof Claim, unknown>>
    return typeof holder === 'string' && typeof life === 'string' ? { holder, life } : undefined
  } catch {
    return undefined
  }
}
