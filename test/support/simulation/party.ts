import { checkSubject, matchesSubject } from '../../../services/shared/adapters/subject.ts'
import type {
  Bus,
  EventLog,
  KeyValue,
  KeyValueOptions,
  MessageHandler,
  RequestHandler,
} from '../../../services/shared/ports/bus.ts'
import type { Clock } from '../../../services/shared/ports/clock.ts'
import { ServiceError } from '../../../services/shared/runtime/service-error.ts'
import type { HubPorts } from './adversary.ts'
import { HUB } from './network.ts'
import { partyClock, type StoppableClock } from './party-clock.ts'
import { PartyStores } from './party-stores.ts'

interface Subscription {
  readonly pattern: string
  readonly handler: MessageHandler
}

/** Pings of a connection that is cut go unanswered so long before it is given up. */
const NOTICE_MS = 3000
const MAX_RECONNECT_MS = 2000

/** One process on the bus. */
export class Party implements Bus {
  readonly name: string
  readonly #ports: HubPorts
  readonly #clock: StoppableClock
  readonly #stores: PartyStores
  readonly #subscriptions = new Set<Subscription>()
  /** Who hears a subject: of all that happens most is publishing on the same few. */
  readonly #hearing = new Map<string, readonly Subscription[]>()
  readonly #responders = new Map<string, RequestHandler[]>()
  /** Whether it believes in its connection. */
  #isConnected: boolean
  #isClosed = false
  #isCrashed = false

  constructor(name: string, ports: HubPorts) {
    this.name = name
    this.#ports = ports
    this.#clock = partyClock(ports.clock)
    this.#isConnected = ports.isHubUp() && !ports.network.isCut(name, HUB)
    this.#stores = new PartyStores(ports, {
      name,
      isConnected: () => this.isConnected(),
      isAlive: () => !this.#isCrashed,
      isClosed: () => this.#isClosed,
      run: (callback, where) => this.#run(callback, where),
    })
  }

  get clock(): Clock {
    return this.#clock
  }

  publish(subject: string, payload: Uint8Array): void {
    checkSubject(subject, false)
    if (!this.isConnected() || this.#isCrashed) return
    const copy = payload.slice()
    for (const party of this.#ports.parties()) party.#offer(this, subject, copy)
  }

  subscribe(subject: string, handler: MessageHandler): () => void {
    checkSubject(subject, true)
    const subscription = { pattern: subject, handler }
    this.#subscriptions.add(subscription)
    this.#hearing.clear()
    return () => {
      this.#subscriptions.delete(subscription)
      this.#hearing.clear()
    }
  }

  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    checkSubject(subject, false)
    const { network, random, parties } = this.#ports
    return this.#stores.wait(`request to ${subject}`, timeoutMs, (settle) => {
      const able = parties().filter((party) => party.#answers(subject))
      if (able.length === 0) {
        const error = new ServiceError('bus.no-responder', `nobody answers ${subject}`, {
          retryable: true,
        })
        network.send(HUB, this.name, `${subject} nobody`, 'stream', () => settle({ error }))
        return
      }
      const responder = random.pick(able)
      const copy = payload.slice()
      this.#reach(responder, `ask ${subject}`, () => {
        responder.#answer(subject, copy, (outcome) => {
          responder.#reach(this, `answer ${subject}`, () => settle(outcome))
        })
      })
    })
  }

  reply(subject: string, handler: RequestHandler): () => void {
    checkSubject(subject, false)
    this.#responders.set(subject, [...(this.#responders.get(subject) ?? []), handler])
    return () => {
      const left = (this.#responders.get(subject) ?? []).filter((other) => other !== handler)
      if (left.length > 0) this.#responders.set(subject, left)
      else this.#responders.delete(subject)
    }
  }

  keyValue(bucket: string, options: KeyValueOptions = {}): Promise<KeyValue> {
    return this.#stores.keyValue(bucket, options)
  }

  log(stream: string): Promise<EventLog> {
    return this.#stores.log(stream)
  }

  isConnected(): boolean {
    return this.#isConnected && !this.#isClosed
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#leave()
    return Promise.resolve()
  }

  crash(): void {
    this.#isCrashed = true
    this.#clock.stop()
    this.#leave()
  }

  jumpClock(ms: number): void {
    this.#clock.jump(ms)
  }

  onCut(): void {
    this.#clock.after(NOTICE_MS, () => {
      if (this.#isReachable()) return
      this.#isConnected = false
      this.#ports.network.note(`${this.name} notices`)
    })
  }

  onHubGone(): void {
    this.#isConnected = false
  }

  /** A client comes back after its backoff; one that had not noticed lost what came meanwhile. */
  onHealed(): void {
    const waitMs = Math.round(this.#ports.random.between(0, MAX_RECONNECT_MS))
    this.#clock.after(this.#isConnected ? 0 : waitMs, () => {
      if (!this.#isReachable() || this.#isClosed) return
      this.#isConnected = true
      this.#stores.resume()
    })
  }

  onStoresLost(): void {
    this.#stores.beginAnew()
  }

  #isReachable(): boolean {
    return this.#ports.isHubUp() && !this.#ports.network.isCut(this.name, HUB)
  }

  #leave(): void {
    this.#isConnected = false
    this.#subscriptions.clear()
    this.#hearing.clear()
    this.#responders.clear()
    this.#stores.close()
  }

  #offer(sender: Party, subject: string, payload: Uint8Array): void {
    for (const subscription of this.#hearers(subject)) {
      sender.#reach(this, subject, () => {
        if (!this.#subscriptions.has(subscription)) return
        this.#run(() => subscription.handler(payload, subject), subject)
      })
    }
  }

  #hearers(subject: string): readonly Subscription[] {
    const known = this.#hearing.get(subject)
    if (known !== undefined) return known
    const found = [...this.#subscriptions].filter(({ pattern }) => matchesSubject(pattern, subject))
    this.#hearing.set(subject, found)
    return found
  }

  /** Over the hub: both must have it, at the start and on arrival. */
  #reach(other: Party, what: string, arrived: () => void): void {
    const isOpen = () =>
      this.#isReachable() && other.#isReachable() && other.isConnected() && !other.#isCrashed
    if (!isOpen()) return
    this.#ports.network.send(this.name, other.name, what, 'message', () => {
      if (isOpen()) arrived()
    })
  }

  #answers(subject: string): boolean {
    return this.isConnected() && this.#isReachable() && this.#responders.has(subject)
  }

  #answer(
    subject: string,
    payload: Uint8Array,
    answered: (outcome: { value: Uint8Array } | { error: ServiceError }) => void,
  ): void {
    const handler = this.#responders.get(subject)?.[0]
    if (handler === undefined) return
    const work = async () => (await handler(payload)).slice()
    work().then(
      (value) => answered({ value }),
      (error: unknown) => answered({ error: refusal(error) }),
    )
  }

  #run(callback: () => unknown, where: string): void {
    if (this.#isCrashed || this.#isClosed) return
    try {
      const result = callback()
      if (!(result instanceof Promise)) return
      result.catch((error: unknown) => this.#ports.onError(error, where))
    } catch (error) {
      this.#ports.onError(error, where)
    }
  }
}

/** The code of a handler's own error travels; what is not a `ServiceError` is `bus.refused`. */
function refusal(error: unknown): ServiceError {
  const message = error instanceof Error ? error.message : String(error)
  const { code, retryable } =
    error instanceof ServiceError ? error : { code: 'bus.refused', retryable: false }
  return new ServiceError(code, message, { cause: error, retryable })
}
