import type { Clock } from '../../shared/ports/clock.ts'
import type { Notifier, SendResult } from '../../shared/ports/notifier.ts'
import { backoffMs } from '../../shared/runtime/backoff.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { Delivery } from '../../shared/wire/delivery-message.ts'
import type { DeliveryBook, Kept } from './delivery-book.ts'
import type { DeliveryMetrics } from './delivery-metrics.ts'

/** What a lane stands on. */
export interface LaneParts {
  readonly channel: string
  readonly notifier: Notifier
  /** How long an attempt may take. */
  readonly timeoutMs: number
  readonly book: DeliveryBook
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: DeliveryMetrics
  /** Name of this alerter. */
  readonly by: string
  readonly mayAct: () => boolean
  readonly ended: (delivery: Delivery) => void
}

const BACKOFF = { firstMs: 2000, capMs: 300_000 }
/** After this an attempt would tell what nobody needs any more. */
const GIVE_UP_MS = 86_400_000
/** Some time for the end of an attempt to be stored; PagerDuty's test is two of them. */
const STORE_MS = 10_000
const ATTEMPTS_IN_ONE = 2
/** After trouble of the bus. */
const STORE_RETRY_MS = 1000
/** A wall clock that was set back leaves nothing waiting for longer than a look now and then. */
const LOOK_MS = 60_000
const MAX_WAITING = 500
const NEVER = new AbortController().signal

/**
 * The deliveries of one channel: one attempt at a time, what belongs to one incident in order. One
 * that fails waits longer each time and lets those of other incidents pass.
 */
export class ChannelLane {
  readonly #parts: LaneParts
  #isStopped = false
  #cancel: () => void = () => undefined
  #running: Promise<void> | undefined
  #isAgain = false
  /** The receiver wants to be left alone until then, by the wall clock. */
  #quietUntil = 0
  /** An attempt of ours is over, and that could not be stored yet. */
  readonly #unstored = new Map<string, Pick<Delivery, 'state' | 'attempts'>>()

  constructor(parts: LaneParts) {
    this.#parts = parts
  }

  /** Something may be due. */
  wake(): void {
    this.#cancel()
    if (this.#isStopped) return
    if (this.#running !== undefined) {
      this.#isAgain = true
      return
    }
    this.#isAgain = false
    const { channel, logger } = this.#parts
    this.#running = this.#work()
      .catch((error: unknown) => {
        logger.warn({ error, channel }, 'deliveries cannot be stored now')
        return STORE_RETRY_MS
      })
      .then((waitMs) => {
        this.#running = undefined
        if (this.#isAgain) this.wake()
        else if (waitMs !== undefined) this.#sleep(waitMs)
      })
  }

  /** Waits for an attempt under way: one that is broken off may have been heard all the same. */
  async stop(): Promise<void> {
    this.#cancel()
    this.#isStopped = true
    await this.#running
    this.#parts.notifier.close()
  }

  #sleep(waitMs: number): void {
    if (this.#isStopped) return
    this.#cancel = this.#parts.clock.after(Math.min(waitMs, LOOK_MS), () => this.wake())
  }

  /** Does what is due; resolves to how long nothing is, or undefined when nothing waits at all. */
  async #work(): Promise<number | undefined> {
    for (const [key, outcome] of this.#unstored) await this.#store(key, outcome)
    await this.#giveUpTooMany()
    for (;;) {
      if (this.#isStopped || !this.#parts.mayAct()) return STORE_RETRY_MS
      const now = this.#parts.clock.now()
      const next = this.#next(now)
      if (next === undefined) return undefined
      if (next.waitMs > 0) return next.waitMs
      await this.#deal(next.kept, now)
    }
  }

  #open(): readonly Kept[] {
    const { book, channel } = this.#parts
    return book.all().filter(({ delivery: { order, state } }) => {
      return order.channel === channel && (state.type === 'decided' || state.type === 'sending')
    })
  }

  /** The one that is due first; nothing overtakes another of its thread. */
  #next(now: number): { readonly kept: Kept; readonly waitMs: number } | undefined {
    const threads = new Set<string>()
    let first: { readonly kept: Kept; readonly waitMs: number } | undefined
    for (const kept of this.#open()) {
      const { threadKey } = kept.delivery.order.notification
      if (threads.has(threadKey)) continue
      threads.add(threadKey)
      const waitMs = this.#waitOf(kept.delivery, now)
      if (first === undefined || waitMs < first.waitMs) first = { kept, waitMs }
    }
    return first
  }

  #waitOf({ state, attempts }: Delivery, now: number): number {
    if (state.type === 'sending') {
      // Nothing of ours is under way here: who sent it has ended, or is about to.
      const longestMs = ATTEMPTS_IN_ONE * this.#parts.timeoutMs + STORE_MS
      return state.by === this.#parts.by ? 0 : state.at + longestMs - now
    }
    if (state.type !== 'decided') return 0
    return Math.max(attempts === 0 ? 0 : state.dueAt - now, this.#quietUntil - now)
  }

  async #deal({ key, delivery }: Kept, now: number): Promise<void> {
    const { notifier } = this.#parts
    const { state, attempts, takenAt } = delivery
    if (state.type === 'sending' && !notifier.isIdempotent) {
      const reason = 'the alerter ended in the middle of an attempt: it may have been told'
      await this.#store(key, { attempts, state: dead(now, reason, true) })
    } else if (now - takenAt > GIVE_UP_MS) {
      const reason = `not told in ${GIVE_UP_MS / 3_600_000} hours`
      await this.#store(key, { attempts, state: dead(now, reason) })
    } else {
      await this.#attempt(key, attempts + 1)
    }
  }

  async #attempt(key: string, attempts: number): Promise<void> {
    const { book, by, channel, clock, logger, metrics, notifier } = this.#parts
    const sending = { type: 'sending', by, at: clock.now() } as const
    if (!(await book.change(key, { attempts, state: sending }))) return
    const kept = book.get(key)
    if (kept === undefined) return
    const { notification } = kept.delivery.order
    const startedMs = clock.monotonic()
    const result = await notifier.send(notification, NEVER)
    metrics.attempted(channel, result.outcome, clock.monotonic() - startedMs)
    const about = { channel, id: notification.dedupKey, attempts }
    if (result.outcome === 'delivered') {
      const { remark } = result
      if (remark === undefined) logger.info(about, 'people told')
      else logger.warn({ ...about, remark }, 'not all people told')
    } else logger.warn({ ...about, reason: result.reason }, 'people not told')
    await this.#store(key, { attempts, state: this.#stateAfter(result, attempts) })
  }

  #stateAfter(result: SendResult, attempts: number): Delivery['state'] {
    const now = this.#parts.clock.now()
    if (result.outcome === 'delivered') return { type: 'delivered', at: now }
    if (result.isPermanent) return dead(now, result.reason)
    const { retryAfterMs } = result
    if (retryAfterMs !== undefined) this.#quietUntil = now + retryAfterMs
    return {
      type: 'decided',
      dueAt: now + Math.max(retryAfterMs ?? 0, backoffMs(attempts - 1, BACKOFF)),
    }
  }

  /** What came of an attempt is kept here until it is stored: it is never made again for that. */
  async #store(key: string, outcome: Pick<Delivery, 'state' | 'attempts'>): Promise<void> {
    const { book, metrics, channel, ended } = this.#parts
    this.#unstored.set(key, outcome)
    const isStored = await book.change(key, outcome)
    this.#unstored.delete(key)
    const delivery = book.get(key)?.delivery
    if (!isStored || delivery === undefined) return
    if (outcome.state.type === 'dead') metrics.gaveUp(channel)
    if (outcome.state.type !== 'decided') ended(delivery)
  }

  async #giveUpTooMany(): Promise<void> {
    const waiting = this.#open().filter(({ delivery }) => delivery.state.type === 'decided')
    const reason = `more than ${MAX_WAITING} wait for this channel`
    for (const { key, delivery } of waiting.slice(0, Math.max(0, waiting.length - MAX_WAITING))) {
      const { attempts } = delivery
      await this.#store(key, { attempts, state: dead(this.#parts.clock.now(), reason) })
    }
  }
}

function dead(at: number, reason: string, isUncertain = false): Delivery['state'] {
  return { type: 'dead', at, reason, isUncertain }
}
