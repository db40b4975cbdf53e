import { join } from 'node:path'
import { measurementSpec } from '../../domain/measurements.ts'
import { type FieldValue, type Point, seriesKey } from '../../domain/point.ts'
import { sanitisePoint } from '../../domain/sanitise-point.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  EventQuery,
  History,
  HistoryQuery,
  HistorySeries,
  HistoryStatistics,
} from '../../ports/history.ts'
import type { InfluxKeep } from '../../runtime/history-settings.ts'
import { type Logger, silentLogger } from '../../runtime/logger.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { checkQuery } from '../history-query-rules.ts'
import {
  createInfluxClient,
  type InfluxClient,
  type InfluxSeries,
  type InfluxTarget,
} from './influx-client.ts'
import { eventsStatement, windowsStatement } from './influx-ql.ts'
import { DEFAULT_RETENTION, ensureRetention, rollUpAgain, type Tier } from './influx-retention.ts'
import { InfluxWriter } from './influx-writer.ts'
import { Spool } from './spool.ts'

/** Where history goes and what it may take on the way. */
export interface InfluxHistoryOptions extends InfluxTarget {
  /** Folder for points that wait. */
  readonly stateDir: string
  readonly retention?: InfluxKeep
  /** Bytes of waiting points on disk; 1 GiB by default. */
  readonly spoolBytes?: number
  /** Series that are written; points of further ones are refused. 200,000 by default. */
  readonly maxSeries?: number
  readonly logger?: Logger
}

const DEFAULT_SPOOL_BYTES = 1024 ** 3
const DEFAULT_MAX_SERIES = 200_000
/** Raw points of a longer stretch are slow to read, and more than a chart can show. */
const LONGEST_RAW_MS = 2 * 86_400_000
/** How long closing waits for InfluxDB; what is left waits on disk for the next start. */
const CLOSE_MS = 3000

/**
 * History in InfluxDB 1.x. Opens whether InfluxDB answers or not; throws a `ServiceError` for a URL
 * that is none, and what the file system says of `stateDir`.
 */
export function openInfluxHistory(options: InfluxHistoryOptions, clock: Clock): History {
  return new InfluxHistory(options, clock)
}

class InfluxHistory implements History {
  readonly name = 'influxdb'
  readonly #client: InfluxClient
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #retention: InfluxKeep
  readonly #maxSeries: number
  readonly #spool: Spool
  readonly #writer: InfluxWriter
  readonly #series = new Set<string>()
  #taken = 0
  #tooMany = 0

  constructor(options: InfluxHistoryOptions, clock: Clock) {
    this.#client = createInfluxClient(options, clock)
    this.#clock = clock
    this.#logger = options.logger ?? silentLogger
    this.#retention = options.retention ?? DEFAULT_RETENTION
    this.#maxSeries = options.maxSeries ?? DEFAULT_MAX_SERIES
    const dir = join(options.stateDir, 'spool')
    this.#spool = new Spool(dir, options.spoolBytes ?? DEFAULT_SPOOL_BYTES)
    this.#writer = new InfluxWriter({
      client: this.#client,
      spool: this.#spool,
      clock,
      logger: this.#logger,
      prepare: () => this.#prepare(),
      onReplayed: (fromMs, toMs) => this.#onReplayed(fromMs, toMs),
    })
  }

  write(points: readonly Point[]): void {
    this.#taken += points.length
    const sane: Point[] = []
    for (const point of points) {
      const one = sanitisePoint(point)
      if (one !== undefined && this.#admit(one)) sane.push(one)
    }
    this.#writer.add(sane)
  }

  flush(): Promise<void> {
    return this.#writer.flush()
  }

  async query(query: HistoryQuery): Promise<readonly HistorySeries[]> {
    checkQuery(query)
    const tier = tierFor(query, this.#retention, this.#clock.now())
    const found = await this.#read(windowsStatement(query, tier))
    return found.map((one) => windowsOf(one, query))
  }

  async events(query: EventQuery): Promise<readonly Point[]> {
    const found = await this.#read(eventsStatement(query), 'u')
    return found.flatMap((one) => eventsOf(one, query)).reverse()
  }

  exportPage(): Promise<never> {
    const message = 'history is in InfluxDB: export it there, with influx_inspect export'
    return Promise.reject(new ServiceError('history.unsupported', message))
  }

  statistics(): HistoryStatistics {
    const { points, bytes } = this.#spool.statistics()
    const { written, dropped, queued, lastWriteMs, problem } = this.#writer
    return {
      taken: this.#taken,
      written,
      dropped: { ...dropped, ...(this.#tooMany > 0 && { 'too-many-series': this.#tooMany }) },
      waiting: points + queued,
      diskBytes: bytes,
      series: this.#series.size,
      ...(lastWriteMs !== undefined && { lastWriteMs }),
      ...(problem !== undefined && { problem }),
    }
  }

  async close(): Promise<void> {
    const tooLong = new Promise<void>((done) => this.#clock.after(CLOSE_MS, done))
    await Promise.race([this.#writer.flush(), tooLong])
    await this.#writer.close()
  }

  #admit(point: Point): boolean {
    const key = seriesKey(point)
    if (this.#series.has(key)) return true
    if (this.#series.size >= this.#maxSeries) {
      this.#tooMany++
      return false
    }
    this.#series.add(key)
    return true
  }

  /** A user who may only write is fine as long as an admin has made the database. */
  async #prepare(): Promise<void> {
    try {
      await ensureRetention(this.#client, this.#retention)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      if (error.retryable && error.code !== 'history.unauthorised') throw error
      this.#logger.warn({ error }, 'retention and roll-ups cannot be kept as asked')
    }
  }

  #onReplayed(fromMs: number, toMs: number): void {
    rollUpAgain(this.#client, fromMs, toMs).catch((error: unknown) => {
      this.#logger.warn({ error }, 'what was replayed is not rolled up')
    })
  }

  /** What has no database or policy yet has no history. */
  async #read(statement: string, precision?: 'ms' | 'u'): Promise<readonly InfluxSeries[]> {
    try {
      return await this.#client.query(statement, precision)
    } catch (error) {
      if (error instanceof ServiceError && /not found/.test(error.message)) return []
      throw error
    }
  }
}

/** The finest policy that reaches back far enough and is not too much to read. */
function tierFor({ fromMs, toMs, stepMs }: HistoryQuery, keep: InfluxKeep, nowMs: number): Tier {
  const ageMs = nowMs - fromMs
  const isLong = toMs - fromMs > LONGEST_RAW_MS && stepMs >= 60_000
  if (ageMs <= keep.rawMs && !isLong) return 'raw'
  return ageMs <= keep.minuteMs ? 'minute' : 'hour'
}

function windowsOf({ tags, values }: InfluxSeries, { groupBy }: HistoryQuery): HistorySeries {
  return {
    tags: Object.fromEntries(groupBy.map((tag) => [tag, tags?.[tag] ?? ''])),
    rows: values.map(([at, ...columns]) => ({ at: Number(at), values: columns.map(numberOrNull) })),
  }
}

function numberOrNull(value: string | number | null): number | null {
  return typeof value === 'number' ? value : null
}

function eventsOf({ columns, values }: InfluxSeries, { measurement }: EventQuery): Point[] {
  const spec = measurementSpec(measurement)
  return values.map((row) => {
    const tags: Record<string, string> = {}
    const fields: Record<string, FieldValue> = {}
    for (const [index, column] of columns.entries()) {
      const value = row[index]
      if (value === null || value === undefined || column === 'time') continue
      if (spec.tags[column] !== undefined) tags[column] = String(value)
      else fields[column] = value
    }
    return { measurement, at: Number(row[0]) / 1000, tags, fields }
  })
}
