import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { type Heartbeat, heartbeatMessage } from '../wire/heartbeat-message.ts'
import { echoSubject, heartbeatSubject } from '../wire/subjects.ts'
import { MemberBook } from './member-book.ts'

/** A prober says so often that it is there. */
export const HEARTBEAT_MS = 1000
/** Who does not hear itself for so long cannot judge others: the bus is away. */
const DEAF_AFTER_MS = 1500
/** How often everybody is looked after. */
const LOOK_MS = 250

/** What a member says of itself, but for what all heartbeats have. */
export type OwnHeartbeat = Omit<Heartbeat, 'prober' | 'life' | 'at' | 'leaving'>

/** Who takes part, or only watches. */
export interface MembershipConfig {
  readonly cluster: string
  /** Name of the prober, or of who watches. */
  readonly name: string
  /** A word of its own for this life of the process. */
  readonly life: string
  /** What the heartbeat says; absent for one who only watches. */
  readonly describe?: () => OwnHeartbeat
  /**
   * Somebody came, went, or says something else about sharing. `sinceMs` is the monotonic time
   * since when nobody does the work of who went: now, or when it was heard last.
   */
  readonly onChange?: (sinceMs: number) => void
}

/** What it stands on. */
export interface MembershipPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Who of the probers is alive. Each says so every second; one that is not heard for three
 * heartbeats is lost. That is judged only while one's own heartbeat comes back over the bus, and
 * after it was away everybody has three heartbeats to be heard again: an election or a cut line
 * makes nobody dead. A clean stop is said and believed at once.
 */
export class Membership {
  readonly #config: MembershipConfig
  readonly #ports: MembershipPorts
  readonly #book: MemberBook
  readonly #closers: (() => void)[] = []
  #cancelTimer: () => void = () => undefined
  #heardSelfMs = Number.NEGATIVE_INFINITY
  #isDeaf = true
  #saidMs = Number.NEGATIVE_INFINITY
  #hasRival = false

  constructor(config: MembershipConfig, ports: MembershipPorts) {
    this.#config = config
    this.#ports = ports
    this.#book = new MemberBook(ports.clock)
  }

  /** The probers that are known and have not said goodbye, without this one; some are lost. */
  get members(): MemberBook['members'] {
    return this.#book.members
  }

  /** Since when one's own heartbeats come back, monotonic; `undefined` while they do not. */
  get connectedSinceMs(): number | undefined {
    return this.#isDeaf ? undefined : this.#book.trustedSinceMs
  }

  start(): void {
    const { bus } = this.#ports
    const { cluster, name, describe } = this.#config
    this.#closers.push(
      bus.subscribe(heartbeatSubject(cluster, '*'), (payload) => this.#hear(payload)),
    )
    if (describe === undefined) {
      this.#closers.push(bus.subscribe(echoSubject(cluster, name), () => this.#hearSelf()))
    }
    this.#look()
  }

  /** Says goodbye; nothing that the heartbeat stands for may run any more. */
  stop(): void {
    this.#cancelTimer()
    const wasStarted = this.#closers.length > 0
    for (const close of this.#closers.splice(0)) close()
    if (wasStarted && this.#config.describe !== undefined) this.#say({ leaving: true })
  }

  /** Says now how things are, for others wait for it. */
  say(): void {
    if (this.#closers.length > 0) this.#say({})
  }

  #look(): void {
    const { clock } = this.#ports
    this.#cancelTimer = clock.after(LOOK_MS, () => this.#look())
    const nowMs = clock.monotonic()
    if (nowMs - this.#saidMs >= HEARTBEAT_MS) this.#say({})
    if (nowMs - this.#heardSelfMs > DEAF_AFTER_MS) {
      if (!this.#isDeaf) this.#ports.logger.warn({}, 'our own heartbeat does not come back')
      this.#isDeaf = true
      return
    }
    const lost = this.#book.findLost(nowMs)
    if (lost.length === 0) return
    this.#tell(Math.min(...lost.map(({ heardMs }) => heardMs)))
  }

  #say(more: { readonly leaving?: true }): void {
    const { bus, clock } = this.#ports
    const { cluster, name, life, describe } = this.#config
    this.#saidMs = clock.monotonic()
    if (describe === undefined) {
      bus.publish(echoSubject(cluster, name), new Uint8Array())
      return
    }
    const own = { prober: name, life, at: clock.now(), ...describe(), ...more }
    bus.publish(heartbeatSubject(cluster, name), heartbeatMessage.encode(own))
  }

  #hear(payload: Uint8Array): void {
    const heartbeat = heartbeatMessage.decode(payload)
    const { name, life, describe } = this.#config
    if (describe !== undefined && heartbeat.prober === name) {
      if (heartbeat.life === life) this.#hearSelf()
      else this.#hearRival(heartbeat)
      return
    }
    const news = this.#book.hear(heartbeat)
    if (news === 'none') return
    this.#tell(this.#ports.clock.monotonic())
    // Who has come waits to hear that we share with it.
    if (news === 'membership') this.say()
  }

  #hearSelf(): void {
    this.#heardSelfMs = this.#ports.clock.monotonic()
    if (!this.#isDeaf) return
    this.#isDeaf = false
    this.#book.trustFrom(this.#heardSelfMs)
    this.#tell(this.#heardSelfMs)
  }

  #hearRival({ prober, leaving }: Heartbeat): void {
    if (leaving === true || this.#hasRival) return
    this.#hasRival = true
    this.#ports.logger.error({ prober }, 'another prober has our name: give each its own')
  }

  #tell(sinceMs: number): void {
    this.#config.onChange?.(sinceMs)
  }
}
