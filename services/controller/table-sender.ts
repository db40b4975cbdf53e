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

interface Receiver {
  /** The last table that it was sent, until it reports on it. */
  unanswered: TableVersion | undefined
  sentMs: number
  /** Nothing is sent before; a director rests as long as its last table took it. */
  restsUntilMs: number
  cancelTimer: (() => void) | undefined
}

/**
 * Sends directors the newest table, each one table at a time and with a rest between two: what
 * changes meanwhile goes out together, so that a thousand changes at once are a few tables and take
 * half of the time at most. Level-triggered: a director that reports an older table is sent the
 * newest.
 */
export class TableSender {
  readonly #cluster: string
  readonly #bus: Bus
  readonly #clock: Clock
  readonly #receivers = new Map<string, Receiver>()
  #newest: DesiredTable | undefined
  #payload: Uint8Array | undefined

  constructor(cluster: string, bus: Bus, clock: Clock) {
    this.#cluster = cluster
    this.#bus = bus
    this.#clock = clock
  }

  /** A new table for these directors. */
  publish(table: DesiredTable, directors: Iterable<string>): void {
    this.#newest = table
    this.#payload = undefined
    for (const director of directors) this.#offer(director, table)
  }

  /** What a director holds by now. */
  heard(report: DirectorReport): void {
    const { director } = report
    const receiver = this.#receiver(director)
    const { unanswered, sentMs } = receiver
    if (unanswered !== undefined && compareVersions(report, unanswered) >= 0) {
      const nowMs = this.#clock.monotonic()
      receiver.unanswered = undefined
      receiver.restsUntilMs = nowMs + Math.min(nowMs - sentMs, PATIENCE_MS)
    }
    const newest = this.#newest
    if (newest !== undefined && compareVersions(report, newest) < 0) this.#offer(director, newest)
  }

  close(): void {
    for (const { cancelTimer } of this.#receivers.values()) cancelTimer?.()
  }

  #offer(director: string, table: DesiredTable): void {
    const receiver = this.#receiver(director)
    const { unanswered, sentMs, restsUntilMs, cancelTimer } = receiver
    const nowMs = this.#clock.monotonic()
    if (cancelTimer !== undefined) return
    if (unanswered !== undefined && nowMs - sentMs < PATIENCE_MS) return
    if (nowMs < restsUntilMs) {
      receiver.cancelTimer = this.#clock.after(restsUntilMs - nowMs, () => {
        receiver.cancelTimer = undefined
        if (this.#newest !== undefined) this.#send(director, receiver, this.#newest)
      })
    } else this.#send(director, receiver, table)
  }

  #send(director: string, receiver: Receiver, table: DesiredTable): void {
    const { epoch, generation } = table
    receiver.unanswered = { epoch, generation }
    receiver.sentMs = this.#clock.monotonic()
    this.#payload ??= desiredTableMessage.encode(table)
    this.#bus.publish(tableSubject(this.#cluster, director), this.#payload)
  }

  #receiver(director: string): Receiver {
    const known = this.#receivers.get(director)
    if (known !== undefined) return known
    const fresh = { unanswered: undefined, sentMs: 0, restsUntilMs: 0, cancelTimer: undefined }
    this.#receivers.set(director, fresh)
    return fresh
  }
}
