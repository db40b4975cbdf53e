import { isDeepStrictEqual } from 'node:util'
import type { ChannelSettings } from '../../shared/domain/channel.ts'
import type { Delivered } from '../../shared/domain/delivered.ts'
import type { DeadLetter, Order } from '../../shared/domain/notification.ts'
import type { Bus } from '../../shared/ports/bus.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import type { Notifier } from '../../shared/ports/notifier.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { Metrics } from '../../shared/runtime/metrics.ts'
import type { Delivery } from '../../shared/wire/delivery-message.ts'
import { bucketName } from '../../shared/wire/subjects.ts'
import type { Deliveries, DeliveryListener } from '../deliveries.ts'
import { ChannelLane } from './channel-lane.ts'
import { DeliveryBook, endOf } from './delivery-book.ts'
import { type DeliveryMetrics, showDeliveries } from './delivery-metrics.ts'

/** What deliveries stand on. */
export interface DeliveriesParts {
  readonly cluster: string
  /** Name of this alerter. */
  readonly name: string
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: Metrics
  readonly openChannel: (settings: ChannelSettings) => Notifier
  /** This alerter is the one that tells people. */
  readonly mayAct: () => boolean
}

interface Lane {
  readonly settings: ChannelSettings
  readonly lane: ChannelLane
}

/** What ended so lately is said again at a start: its alerter may not have heard. */
const RECENT_MS = 3_600_000
const PRUNE_MS = 600_000

/** Brings orders to their channels; see `Deliveries` for what is promised. */
export async function createDeliveries(
  parts: DeliveriesParts,
  listener: DeliveryListener,
): Promise<Deliveries> {
  const bucket = await parts.bus.keyValue(bucketName(parts.cluster, 'alerter'))
  return new LaneDeliveries(parts, listener, new DeliveryBook(bucket))
}

class LaneDeliveries implements Deliveries {
  readonly #parts: DeliveriesParts
  readonly #listener: DeliveryListener
  readonly #book: DeliveryBook
  readonly #metrics: DeliveryMetrics
  readonly #lanes = new Map<string, Lane>()
  #onLoaded: () => void = () => undefined
  /** Channels open when all is read; one that changes, when its old lane has come to rest. */
  #changing: Promise<void> = new Promise((resolve) => {
    this.#onLoaded = resolve
  })
  #cancelPrune: () => void = () => undefined
  #isStopped = false

  constructor(parts: DeliveriesParts, listener: DeliveryListener, book: DeliveryBook) {
    this.#parts = parts
    this.#listener = listener
    this.#book = book
    this.#metrics = showDeliveries(parts.metrics, book)
  }

  async start(): Promise<void> {
    const { clock, logger } = this.#parts
    for (const key of await this.#book.load()) logger.error({ key }, 'delivery refused')
    this.#onLoaded()
    for (const { delivery } of this.#book.all()) {
      if ((endOf(delivery) ?? 0) > clock.now() - RECENT_MS) this.#tell(delivery)
    }
    this.#prune()
  }

  configure(channels: ReadonlyMap<string, ChannelSettings>): void {
    this.#changing = this.#changing
      .then(() => this.#change(channels))
      .catch((error: unknown) => {
        this.#parts.logger.warn({ error }, 'channels cannot be changed now')
      })
  }

  async take(orders: readonly Order[]): Promise<void> {
    for (const order of orders) {
      await this.#book.add(order, this.#parts.clock.now())
      this.#lanes.get(order.channel)?.lane.wake()
    }
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#book
      .all()
      .flatMap(({ delivery }) => letterOf(delivery))
      .sort((one, other) => other.at - one.at)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#onLoaded()
    this.#cancelPrune()
    await this.#changing
    await Promise.all([...this.#lanes.values()].map(({ lane }) => lane.stop()))
    this.#metrics.close()
  }

  async #change(channels: ReadonlyMap<string, ChannelSettings>): Promise<void> {
    for (const [channel, { settings, lane }] of [...this.#lanes]) {
      if (isDeepStrictEqual(settings, channels.get(channel))) continue
      this.#lanes.delete(channel)
      await lane.stop()
    }
    if (this.#isStopped) return
    for (const [channel, settings] of channels) {
      if (!this.#lanes.has(channel)) this.#open(channel, settings)
    }
    await this.#giveUpOrphans()
    for (const { lane } of this.#lanes.values()) lane.wake()
  }

  #open(channel: string, settings: ChannelSettings): void {
    const { clock, logger, mayAct, name: by, openChannel } = this.#parts
    const lane = new ChannelLane({
      ...{ channel, clock, logger, by, mayAct },
      book: this.#book,
      metrics: this.#metrics,
      notifier: openChannel(settings),
      timeoutMs: settings.timeoutMs,
      ended: (delivery) => this.#tell(delivery),
    })
    this.#lanes.set(channel, { settings, lane })
  }

  async #giveUpOrphans(): Promise<void> {
    for (const { key, delivery } of this.#book.all()) {
      const { order, attempts } = delivery
      if (endOf(delivery) !== undefined || this.#lanes.has(order.channel)) continue
      const reason = `there is no channel ${order.channel} in the cluster file any more`
      const at = this.#parts.clock.now()
      const state = { type: 'dead', at, reason, isUncertain: false } as const
      if (!(await this.#book.change(key, { attempts, state }))) continue
      this.#metrics.gaveUp(order.channel)
      this.#tell({ ...delivery, state })
    }
  }

  #tell(delivery: Delivery): void {
    const ended = deliveredOf(delivery)
    if (ended !== undefined) this.#listener.ended(ended)
  }

  #prune(): void {
    const { clock, logger, mayAct } = this.#parts
    this.#cancelPrune = clock.after(PRUNE_MS, () => this.#prune())
    if (!mayAct()) return
    this.#book.prune(clock.now()).catch((error: unknown) => {
      logger.warn({ error }, 'old deliveries cannot be removed now')
    })
  }
}

function deliveredOf(delivery: Delivery): Delivered | undefined {
  const { order, state } = delivery
  if (state.type === 'delivered') return { type: 'delivered', order, at: state.at }
  const [letter] = letterOf(delivery)
  return letter && { type: 'given-up', order, letter }
}

function letterOf({ order, attempts, state }: Delivery): readonly DeadLetter[] {
  if (state.type !== 'dead') return []
  const { dedupKey, incident, subject } = order.notification
  const { reason, at, isUncertain } = state
  const about = { channel: order.channel, dedupKey, subject, reason, attempts, at, isUncertain }
  return [{ ...about, ...(incident !== undefined && { incident }) }]
}
