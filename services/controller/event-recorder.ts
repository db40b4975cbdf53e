import type { LogEvent } from '../shared/domain/log-event.ts'
import type { EventLog } from '../shared/ports/bus.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import { missingEvents } from './core/missing-events.ts'

/** As many events as a standby remembers, or a leader that cannot write; the oldest go. */
const MAX_PENDING = 20_000
/** Read of the log beyond what is pending, for what others wrote meanwhile. */
const TAIL_MARGIN = 500

/**
 * Writes events to the log while we lead. Otherwise it remembers them for a while, and so it does
 * with what could not be written: whoever takes the lead writes what is missing in the log.
 */
export class EventRecorder {
  readonly #log: EventLog
  readonly #logger: Logger
  readonly #mayWrite: () => boolean
  readonly #pending = new Set<LogEvent>()
  readonly #writing = new Set<LogEvent>()
  #isHeld = true

  constructor(log: EventLog, logger: Logger, mayWrite: () => boolean) {
    this.#log = log
    this.#logger = logger
    this.#mayWrite = mayWrite
  }

  /** Resolves when the event is in the log; at once when it is only remembered. */
  async record(event: LogEvent): Promise<void> {
    this.#pending.add(event)
    if (this.#pending.size > MAX_PENDING) this.#dropOldest()
    if (!this.#isHeld) await this.#write(event)
  }

  /** The leader lives: what happened before this time it has written, or never saw. */
  forgetBefore(at: number): void {
    for (const event of this.#pending) {
      if (event.at >= at) return
      this.#pending.delete(event)
    }
  }

  /** From now on events are remembered, until `catchUp`. */
  hold(): void {
    this.#isHeld = true
  }

  /**
   * Writes what the log lacks of what is remembered, in order, and from then on every event at
   * once.
   */
  async catchUp(skewMs: number): Promise<void> {
    this.#isHeld = false
    await this.retry(skewMs)
  }

  /** Writes what could not be written, unless it was in spite of what we were told. */
  async retry(skewMs = 0): Promise<void> {
    const own = [...this.#pending].filter((event) => !this.#writing.has(event))
    if (own.length === 0 || this.#isHeld || !this.#mayWrite()) return
    for (const event of own) this.#writing.add(event)
    try {
      const tail = await this.#log.tail(own.length * 2 + TAIL_MARGIN)
      const missing = new Set(missingEvents(own, tail.flatMap(readEvent), skewMs))
      for (const event of own) if (!missing.has(event)) this.#pending.delete(event)
      await Promise.all([...missing].map((event) => this.#write(event)))
    } finally {
      for (const event of own) this.#writing.delete(event)
    }
  }

  async #write(event: LogEvent): Promise<void> {
    if (!this.#mayWrite()) return
    this.#writing.add(event)
    try {
      await this.#log.append(logEventMessage.encode(event))
      this.#pending.delete(event)
    } finally {
      this.#writing.delete(event)
    }
    const { message, at: _, ...fields } = event
    this.#logger.info(fields, message)
  }

  #dropOldest(): void {
    const [oldest] = this.#pending
    if (oldest === undefined) return
    this.#pending.delete(oldest)
    this.#logger.warn({ dropped: oldest.message }, 'too many events wait to be written')
  }
}

function readEvent({ payload }: { readonly payload: Uint8Array }): readonly LogEvent[] {
  try {
    return [logEventMessage.decode(payload)]
  } catch {
    return []
  }
}
