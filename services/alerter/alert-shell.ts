import type { EventLog } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import type { AlertStore } from './alert-store.ts'
import type { AlertCore } from './core/alert-core.ts'
import type { AlertCommand, AlertEvent } from './core/alert-state.ts'
import type { Deliveries } from './deliveries.ts'

/** What the shell of a core needs. */
export interface AlertShellParts {
  readonly core: AlertCore
  readonly store: AlertStore
  readonly log: EventLog
  readonly deliveries: Deliveries
  readonly clock: Clock
  readonly logger: Logger
  /** This alerter is the one that tells people. */
  readonly mayAct: () => boolean
  /** Somebody else works, too: this one has to begin anew with what is stored. */
  readonly onOvertaken: () => void
}

const RETRY_MS = 1000

/**
 * Feeds a core one event at a time and carries out what it asks for, in order: what is decided is
 * stored before anybody is told. What cannot be stored now is tried again as long as it may act,
 * and everything else waits; who has lost the lease meanwhile drops it all.
 */
export class AlertShell {
  readonly #parts: AlertShellParts
  #working: Promise<void> = Promise.resolve()
  #isClosed = false
  #waiting = 0

  constructor(parts: AlertShellParts) {
    this.#parts = parts
  }

  /** Events that wait for one before them. */
  get waiting(): number {
    return this.#waiting
  }

  /** Resolves when what came of it is stored; throws `alerter.gone` when that will not be. */
  feed(event: AlertEvent): Promise<void> {
    this.#waiting++
    const done = this.#working.then(() => this.#take(event))
    this.#working = done.then(
      () => {
        this.#waiting--
      },
      () => {
        this.#waiting--
      },
    )
    return done
  }

  close(): void {
    this.#isClosed = true
  }

  async #take(event: AlertEvent): Promise<void> {
    this.#check()
    for (const command of this.#parts.core.handle(event)) await this.#execute(command)
  }

  #check(): void {
    if (this.#isClosed || !this.#parts.mayAct()) {
      throw new ServiceError('alerter.gone', 'another alerter tells people now', {
        retryable: true,
      })
    }
  }

  async #execute(command: AlertCommand): Promise<void> {
    for (;;) {
      this.#check()
      try {
        await this.#perform(command)
        return
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        if (error.code === 'bus.conflict') return this.#overtaken(error)
        this.#parts.logger.warn({ error, command: command.type }, 'not stored yet')
        await this.#pause()
      }
    }
  }

  #overtaken(error: ServiceError): never {
    this.#isClosed = true
    this.#parts.logger.warn({ error }, 'another alerter has written: beginning anew')
    this.#parts.onOvertaken()
    throw error
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.after(RETRY_MS, resolve))
  }

  #perform(command: AlertCommand): Promise<unknown> {
    const { store, log, deliveries, clock } = this.#parts
    switch (command.type) {
      case 'save-incident':
        return store.saveIncident(command.incident)
      case 'forget-incident':
        return store.forgetIncident(command.id)
      case 'save-silence':
        return store.saveSilence(command.silence)
      case 'forget-silence':
        return store.forgetSilence(command.id)
      case 'save-memory':
        return store.saveMemory(command.memory)
      case 'record-event':
        return log.append(logEventMessage.encode(command.event))
      case 'order': {
        const { orders } = command
        return deliveries.take(orders).then(() => {
          this.feed({ type: 'taken', at: clock.now(), orders }).catch(() => undefined)
        })
      }
    }
  }
}
