import type { Point } from '../../domain/point.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import type { InfluxClient } from './influx-client.ts'
import { droppedPoints } from './influx-error.ts'
import { policyOf } from './influx-retention.ts'
import type { Spool } from './spool.ts'

/** What writing stands on. */
export interface WriterParts {
  readonly client: InfluxClient
  readonly spool: Spool
  readonly clock: Clock
  readonly logger: Logger
  /** Makes database and policies; called before the first write and when they are missing. */
  readonly prepare: () => Promise<void>
  /** A stretch of time has been replayed from disk and is to be rolled up again. */
  readonly onReplayed: (fromMs: number, toMs: number) => void
}

const BATCH_POINTS = 5000
const BATCH_MS = 1000
const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 15_000
/** Points in memory when neither the database nor the disk takes any; the oldest go. */
const MOST_IN_MEMORY = 200_000

/**
 * Takes points at once and writes them in batches, one after the other. What InfluxDB does not take
 * now goes to disk and is written in order later; what it never takes is counted and left.
 */
export class InfluxWriter {
  readonly #parts: WriterParts
  #queue: Point[] = []
  #working: Promise<void> | undefined
  #cancelTimer: (() => void) | undefined
  #wake: (() => void) | undefined
  /** Somebody asked for work while it was not resting. */
  #isAsked = false
  #retryMs = FIRST_RETRY_MS
  #retryAt = 0
  #isPrepared = false
  #inFlight = 0
  #isClosing = false
  #replayed: { from: number; to: number } | undefined
  #settled = 0
  #taken = 0
  readonly #waiters: { readonly mark: number; readonly resolve: () => void }[] = []
  readonly dropped: Record<string, number> = {}
  written = 0
  problem: string | undefined
  lastWriteMs: number | undefined

  constructor(parts: WriterParts) {
    this.#parts = parts
    if (parts.spool.statistics().points > 0) this.#begin()
  }

  /** Points in memory, with those that are on their way. */
  get queued(): number {
    return this.#queue.length + this.#inFlight
  }

  add(points: readonly Point[]): void {
    for (const point of points) this.#queue.push(point)
    this.#taken += points.length
    const excess = this.#queue.length - MOST_IN_MEMORY
    if (excess > 0) {
      this.#queue.splice(0, excess)
      this.#count('no-room', excess)
      this.#settle(excess)
    }
    if (this.#queue.length >= BATCH_POINTS) this.#begin()
    else this.#cancelTimer ??= this.#parts.clock.after(BATCH_MS, () => this.#begin())
  }

  /** Resolves when what was added before is in the database, on disk, or given up. */
  flush(): Promise<void> {
    const mark = this.#taken
    if (this.#settled >= mark) return Promise.resolve()
    this.#begin()
    return new Promise((resolve) => {
      this.#waiters.push({ mark, resolve })
    })
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#cancelTimer?.()
    this.#wake?.()
    await this.#working
    await this.#toDisk()
  }

  #begin(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#isAsked = true
    this.#wake?.()
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
    })
  }

  /**
   * Until nothing is left: straight from memory, or by way of the disk while something is there.
   */
  async #work(): Promise<void> {
    while (!this.#isClosing) {
      const waits = this.#parts.spool.statistics().points > 0
      if (waits && !(await this.#toDisk())) await this.#rest()
      if (this.#parts.clock.monotonic() < this.#retryAt) {
        await this.#rest()
        continue
      }
      if (waits) await this.#replay()
      else if (this.#queue.length > 0) await this.#direct()
      else return
    }
  }

  async #direct(): Promise<void> {
    const batch = this.#queue.splice(0, BATCH_POINTS)
    this.#inFlight = batch.length
    const isWritten = await this.#write(batch)
    this.#inFlight = 0
    if (isWritten) {
      this.#settle(batch.length)
      return
    }
    this.#queue = [...batch, ...this.#queue]
    await this.#toDisk()
  }

  async #replay(): Promise<void> {
    const { spool, onReplayed } = this.#parts
    const batch = await spool.oldest()
    if (batch !== undefined) {
      if (!(await this.#write(batch))) return
      spool.drop()
      this.#noteReplayed(batch)
    }
    const { from, to } = this.#replayed ?? { from: 0, to: 0 }
    if (spool.statistics().points > 0 || to === 0) return
    this.#replayed = undefined
    onReplayed(from, to)
  }

  #noteReplayed(batch: readonly Point[]): void {
    let { from, to } = this.#replayed ?? { from: Number.POSITIVE_INFINITY, to: 0 }
    for (const { at } of batch) {
      from = Math.min(from, at)
      to = Math.max(to, at)
    }
    this.#replayed = { from, to }
  }

  /** False when it is worth trying again; later, that is. */
  async #write(batch: readonly Point[]): Promise<boolean> {
    const { client, clock, logger, prepare } = this.#parts
    const startedMs = clock.monotonic()
    try {
      if (!this.#isPrepared) await prepare()
      this.#isPrepared = true
      for (const policy of ['raw', 'event'] as const) {
        const points = batch.filter(({ measurement }) => policyOf(measurement) === policy)
        if (points.length > 0) await this.#writeSome(client, points, policy)
      }
    } catch (error) {
      if (!(error instanceof ServiceError) || !error.retryable) throw error
      if (this.problem !== error.message) logger.warn({ error }, 'history is kept on disk')
      if (error.code === 'history.no-database') this.#isPrepared = false
      this.problem = error.message
      this.#retryAt = clock.monotonic() + this.#retryMs
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
      return false
    }
    if (this.problem !== undefined) logger.info({}, 'InfluxDB takes points again')
    this.problem = undefined
    this.#retryMs = FIRST_RETRY_MS
    this.lastWriteMs = clock.monotonic() - startedMs
    return true
  }

  async #writeSome(
    client: InfluxClient,
    points: readonly Point[],
    policy: 'raw' | 'event',
  ): Promise<void> {
    try {
      await client.write(points, policy)
      this.written += points.length
    } catch (error) {
      if (!(error instanceof ServiceError) || error.retryable) throw error
      if (error.code === 'history.too-large' && points.length > 1) {
        const half = points.length >> 1
        await this.#writeSome(client, points.slice(0, half), policy)
        await this.#writeSome(client, points.slice(half), policy)
        return
      }
      const dropped = Math.min(droppedPoints(error) ?? points.length, points.length)
      this.written += points.length - dropped
      this.#count('refused', dropped)
      this.#parts.logger.error({ error, dropped }, 'InfluxDB refuses points')
    }
  }

  /** Moves what waits in memory to disk; false when the disk does not take it. */
  async #toDisk(): Promise<boolean> {
    const { spool, logger } = this.#parts
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, BATCH_POINTS)
      const lostBefore = spool.statistics().lost
      try {
        await spool.append(batch)
      } catch (error) {
        this.problem = `points wait in memory: ${error instanceof Error ? error.message : error}`
        logger.error({ error }, 'history cannot be kept on disk')
        this.#retryAt = Math.max(this.#retryAt, this.#parts.clock.monotonic() + FIRST_RETRY_MS)
        return false
      }
      this.#queue.splice(0, batch.length)
      this.#count('no-room', spool.statistics().lost - lostBefore)
      this.#settle(batch.length)
    }
    return true
  }

  /** Until the next attempt; woken when a batch is full or somebody wants it on disk. */
  async #rest(): Promise<void> {
    const { clock } = this.#parts
    const isAsked = this.#isAsked
    this.#isAsked = false
    if (isAsked) return
    const waitMs = Math.max(1, Math.min(this.#retryAt - clock.monotonic(), BATCH_MS))
    await new Promise<void>((resolve) => {
      const cancel = clock.after(waitMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#isAsked = false
    this.#wake = undefined
  }

  #count(why: string, points: number): void {
    if (points > 0) this.dropped[why] = (this.dropped[why] ?? 0) + points
  }

  #settle(points: number): void {
    this.#settled += points
    while ((this.#waiters[0]?.mark ?? Number.POSITIVE_INFINITY) <= this.#settled) {
      this.#waiters.shift()?.resolve()
    }
  }
}
