import {
  compareVersions,
  type DesiredTable,
  type TableVersion,
} from '../shared/domain/desired-table.ts'
import type { DirectorReport } from '../shared/domain/director-report.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { tableSubject } from '../shared/wire/subjects.ts'
import { desiredTableMessage } from '../shared/wire/table-messages.ts'

/** A director that has not answered a table for so long is sent the newest one all the same. */
const PATIENCE_MS = 1000

/** A table as it goes over the bus; written once for all who get the same. */
interface Outgoing {
  readonly table: DesiredTable
  payload: Uint8Array | undefined
}

interface Receiver {
  newest: Outgoing | undefined
  /** The last table that it was sent, until it reports on it. */
  unanswered: TableVersion | undefined
  /** What it reported last. */
  holds: TableVersion | undefined
  sentMs: number
  /** Nothing is sent before; a director rests as long as its last table took it. */
  restsUntilMs: number
  cancelTimer: (() => void) | undefined
}

/**
 * Sends directors the newest table, each one table at a time and with a rest between two: what
 * changes meanwhile goes out together, so that a thousand changes at once are a few tables and take
 * half of the time at most. Level-triggered: a director that reports an older table is sent the
 * newest. Asked before each, `maySend` has the last word.
 */
export class TableSender {
  readonly #cluster: string
  readonly #bus: Bus
  readonly #clock: Clock
  readonly #maySend: () => boolean
  readonly #receivers = new Map<string, Receiver>()

  constructor(cluster: string, bus: Bus, clock: Clock, maySend: () => boolean = () => true) {
    this.#cluster = cluster
    this.#bus = bus
    this.#clock = clock
    this.#maySend = maySend
  }

  /** A new table for these directors. */
  publish(table: DesiredTable, directors: Iterable<string>): void {
    const newest = { table, payload: undefined }
    for (const director of directors) {
      const receiver = this.#receiver(director)
      receiver.newest = newest
      this.#offer(director, receiver)
    }
  }

  /** What a director holds by now. */
  heard(report: DirectorReport): void {
    const receiver = this.#receiver(report.director)
    const { unanswered, sentMs, holds, newest } = receiver
    receiver.holds = { epoch: report.epoch, generation: report.generation }
    if (unanswered !== undefined && compareVersions(report, unanswered) >= 0) {
      const nowMs = this.#clock.monotonic()
      receiver.unanswered = undefined
      receiver.restsUntilMs = nowMs + Math.min(nowMs - sentMs, PATIENCE_MS)
    } else if (holds !== undefined && compareVersions(report, holds) < 0) {
      // It has forgotten what it held, so it has started again: whatever it was sent is lost.
      receiver.unanswered = undefined
      receiver.restsUntilMs = 0
    }
    if (newest !== undefined && compareVersions(report, newest.table) < 0) {
      this.#offer(report.director, receiver)
    }
  }

  /** Sends nothing any more before the next `publish`. */
  close(): void {
    for (const { cancelTimer } of this.#receivers.values()) cancelTimer?.()
    this.#receivers.clear()
  }

  #offer(director: string, receiver: Receiver): void {
    const { unanswered, sentMs, restsUntilMs, cancelTimer } = receiver
    const nowMs = this.#clock.monotonic()
    if (cancelTimer !== undefined) return
    if (unanswered !== undefined && nowMs - sentMs < PATIENCE_MS) return
    if (nowMs < restsUntilMs) {
      receiver.cancelTimer = this.#clock.after(restsUntilMs - nowMs, () => {
        receiver.cancelTimer = undefined
        this.#send(director, receiver)
      })
    } else this.#send(director, receiver)
  }

  #send(director: string, receiver: Receiver): void {
    const { newest } = receiver
    if (newest === undefined || !this.#maySend()) return
    const { epoch, generation } = newest.table
    receiver.unanswered = { epoch, generation }
    receiver.sentMs = this.#clock.monotonic()
    newest.payload ??= desiredTableMessage.encode(newest.table)
    this.#bus.publish(tableSubject(this.#cluster, director), newest.payload)
  }

  #receiver(director: string): Receiver {
    const known = this.#receivers.get(director)
    if (known !== undefined) return known
    const fresh: Receiver = {
      newest: undefined,
      unanswered: undefined,
      holds: undefined,
      sentMs: 0,
      restsUntilMs: 0,
      cancelTimer: undefined,
    }
    this.#receivers.set(director, fresh)
    return fresh
  }
}
