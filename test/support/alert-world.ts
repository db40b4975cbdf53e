import { createAlertCore } from '../../services/alerter/core/alert-core.ts'
import type { AlertCommand, AlertEvent } from '../../services/alerter/core/alert-state.ts'
import type { AlertMemory, Incident, Silence } from '../../services/alerter/core/incident.ts'
import type { AlertingPolicy } from '../../services/shared/domain/alerting.ts'
import type { Cause } from '../../services/shared/domain/cause.ts'
import type { LogEvent } from '../../services/shared/domain/log-event.ts'
import type { Notification, Order } from '../../services/shared/domain/notification.ts'
import { wallTime } from '../../services/shared/domain/time-period.ts'
import { createWallClock } from '../../services/shared/runtime/wall-clock.ts'

/** A message that arrived. */
export interface Message {
  readonly at: number
  readonly channel: string
  readonly notification: Notification
}

/** An alerter that dies in the middle of its work. */
export class Crash extends Error {}

/**
 * The alerter's core with stores that outlive it, as its shell has them: what is stored comes
 * before what is told, and a message is taken once by its key.
 */
export class AlertWorld {
  readonly messages: Message[] = []
  readonly events: LogEvent[] = []
  readonly #incidents = new Map<number, string>()
  readonly #silences = new Map<string, string>()
  readonly #taken = new Set<string>()
  readonly #standing = new Map<string, Cause>()
  readonly #policy: AlertingPolicy
  #memory: string | undefined
  #core = this.#newCore()
  /** How many commands are carried out before the alerter dies; for ever when absent. */
  commandsLeft: number | undefined
  at: number

  constructor(policy: AlertingPolicy, at: number) {
    this.#policy = policy
    this.at = at
    this.begin()
  }

  get incidents(): readonly Incident[] {
    return [...this.#core.state.incidents.values()]
  }

  /** Another alerter takes over, or the same one starts again: it knows what is stored. */
  begin(): void {
    this.#core = this.#newCore()
    this.handle({ type: 'configured', at: this.at, policy: this.#policy })
    const memory = this.#memory
    this.handle({
      type: 'began',
      at: this.at,
      incidents: [...this.#incidents.values()].map((text) => JSON.parse(text) as Incident),
      silences: [...this.#silences.values()].map((text) => JSON.parse(text) as Silence),
      ...(memory !== undefined && { memory: JSON.parse(memory) as AlertMemory }),
    })
  }

  /** Something is wrong from now on, or no longer. */
  raise(cause: Cause): void {
    this.#standing.set(cause.key, cause)
  }
  clear(key: string): void {
    this.#standing.delete(key)
  }

  /** Looks at the cluster, as the alerter does every few seconds. */
  look(): void {
    this.handle({ type: 'seen', at: this.at, causes: [...this.#standing.values()] })
  }
  tick(): void {
    this.handle({ type: 'ticked', at: this.at })
  }

  handle(event: AlertEvent): void {
    for (const command of this.#core.handle(event)) {
      if (this.commandsLeft === 0) throw new Crash()
      if (this.commandsLeft !== undefined) this.commandsLeft--
      this.#execute(command)
    }
  }

  #newCore() {
    const zones = new Map<string, ReturnType<typeof createWallClock>>()
    return createAlertCore({
      cluster: 'shop',
      wallTime(timeZone, at) {
        const clock = zones.get(timeZone) ?? createWallClock(timeZone)
        zones.set(timeZone, clock)
        return wallTime(clock.wallOf(at))
      },
    })
  }

  #execute(command: AlertCommand): void {
    switch (command.type) {
      case 'save-incident':
        this.#incidents.set(command.incident.id, JSON.stringify(command.incident))
        break
      case 'forget-incident':
        this.#incidents.delete(command.id)
        break
      case 'save-silence':
        this.#silences.set(command.silence.id, JSON.stringify(command.silence))
        break
      case 'forget-silence':
        this.#silences.delete(command.id)
        break
      case 'save-memory':
        this.#memory = JSON.stringify(command.memory)
        break
      case 'record-event':
        this.events.push(command.event)
        break
      case 'order':
        this.#take(command.orders)
    }
  }

  #take(orders: readonly Order[]): void {
    for (const order of orders) {
      const { channel, notification } = order
      const key = `${channel} ${notification.dedupKey}`
      if (this.#taken.has(key)) continue
      this.#taken.add(key)
      this.messages.push({ at: this.at, channel, notification })
    }
    this.handle({ type: 'taken', at: this.at, orders })
    for (const order of orders) {
      const delivered = { type: 'delivered', order, at: this.at } as const
      this.handle({ type: 'ended', at: this.at, delivered })
    }
  }
}
