import { join } from 'node:path'
import { measurementSpec } from '../../domain/measurements.ts'
import { type FieldValue, type Point, seriesKey } from '../../domain/point.ts'
import { sanitisePoint } from '../../domain/sanitise-point.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EventQuery, History, HistoryQuery, HistorySeries } from '../../ports/history.ts'
import { type Logger, silentLogger } from '../../runtime/logger.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { checkQuery } from '../history-query-rules.ts'
import { createInfluxClient, type InfluxSeries, type InfluxTarget } from './influx-client.ts'
import { eventsStatement, windowsStatement } from './influx-ql.ts'
import {
  DEFAULT_RETENTION,
  ensureRetention,
  type Retention,
  rollUpAgain,
  type Tier,
} from './influx-retention.ts'
import { InfluxWriter } from './influx-writer.ts'
import { openSpool } from './spool.ts'

/** Where history goes and what it may take on the way. */
export interface InfluxHistoryOptions extends InfluxTarget {
  /** Folder for points that wait. */
  readonly stateDir: string
  readonly retention?: Retention
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
  const { retention = DEFAULT_RETENTION, maxSeries = DEFAULT_MAX_SERIES } = options
  const logger = options.logger ?? silentLogger
  const client = createInfluxClient(options, clock)
  const dir = join(options.stateDir, 'spool')
  const spool = openSpool(dir, options.spoolBytes ?? DEFAULT_SPOOL_BYTES)
  const series = new Set<string>()
  let taken = 0
  let tooMany = 0

  async function prepare(): Promise<void> {
    try {
      await ensureRetention(client, retention)
    } catch (error) {
      // A user who may only write is fine as long as an admin has made the database.
      if (!(error instanceof ServiceError) || error.code !== 'history.unauthorised') throw error
      logger.warn({ error }, 'retention and roll-ups are not ours to keep')
    }
  }

  function onReplayed(fromMs: number, toMs: number): void {
    rollUpAgain(client, fromMs, toMs).catch((error: unknown) => {
      logger.warn({ error }, 'what was replayed is not rolled up')
    })
  }

  const writer = new InfluxWriter({ client, spool, clock, logger, prepare, onReplayed })

  function admit(point: Point): boolean {
    const key = seriesKey(point)
    if (series.has(key)) return true
    if (series.size >= maxSeries) {
      tooMany++
      return false
    }
    series.add(key)
    return true
  }

  async function reading(statement: string, precision?: 'ms' | 'u') {
    try {
      return await client.query(statement, precision)
    } catch (error) {
      const isMissing = error instanceof ServiceError && /not found/.test(error.message)
      if (isMissing) return []
      throw error
    }
  }

  return {
    name: 'influxdb',
    write(points) {
      taken += points.length
      const sane: Point[] = []
      for (const point of points) {
        const one = sanitisePoint(point)
        if (one !== undefined && admit(one)) sane.push(one)
      }
      writer.add(sane)
    },
    flush: () => writer.flush(),
    async query(query) {
      checkQuery(query)
      const tier = tierFor(query, retention, clock.now())
      return (await reading(windowsStatement(query, tier))).map((one) => windowsOf(one, query))
    },
    async events(query) {
      const found = await reading(eventsStatement(query), 'u')
      return found.flatMap((one) => eventsOf(one, query)).reverse()
    },
    exportPage() {
      const message = 'history is in InfluxDB: export it there, with influx_inspect export'
      return Promise.reject(new ServiceError('history.unsupported', message))
    },
    statistics() {
      const { points, bytes } = spool.statistics()
      return {
        taken,
        written: writer.written,
        dropped: { ...writer.dropped, ...(tooMany > 0 && { 'too-many-series': tooMany }) },
        waiting: points + writer.queued,
        diskBytes: bytes,
        series: series.size,
        ...(writer.lastWriteMs !== undefined && { lastWriteMs: writer.lastWriteMs }),
        ...(writer.problem !== undefined && { problem: writer.problem }),
      }
    },
    async close() {
      await Promise.race([writer.flush(), new Promise<void>((done) => clock.after(CLOSE_MS, done))])
      await writer.close()
    },
  }
}

/** The finest policy that reaches back far enough and is not too much to read. */
function tierFor({ fromMs, toMs, stepMs }: HistoryQuery, keep: Retention, nowMs: number): Tier {
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
