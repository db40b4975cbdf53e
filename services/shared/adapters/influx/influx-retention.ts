import { createHash } from 'node:crypto'
import {
  MEASUREMENT_NAMES,
  type MeasurementName,
  measurementSpec,
} from '../../domain/measurements.ts'
import type { InfluxKeep } from '../../runtime/history-settings.ts'
import type { InfluxClient } from './influx-client.ts'
import { identifier, rollUpSelection } from './influx-ql.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Two weeks as it came, a quarter by the minute, two years by the hour, events for two years. */
export const DEFAULT_RETENTION: InfluxKeep = {
  rawMs: 14 * DAY_MS,
  minuteMs: 90 * DAY_MS,
  hourMs: 730 * DAY_MS,
  eventMs: 730 * DAY_MS,
}

/** A retention policy of samples, its name the resolution of what is in it. */
export type Tier = 'raw' | 'minute' | 'hour'

/** The retention policy that points of a measurement are written to. */
export function policyOf(measurement: MeasurementName): 'raw' | 'event' {
  return measurementSpec(measurement).kind === 'event' ? 'event' : 'raw'
}

interface Policy {
  readonly name: Tier | 'event'
  readonly keepMs: number
  /** What is dropped at once; InfluxDB wants it shorter than `keepMs`. */
  readonly shardMs: number
}

function policiesOf({ rawMs, minuteMs, hourMs, eventMs }: InfluxKeep): readonly Policy[] {
  return [
    { name: 'raw', keepMs: rawMs, shardMs: DAY_MS },
    { name: 'minute', keepMs: minuteMs, shardMs: 7 * DAY_MS },
    { name: 'hour', keepMs: hourMs, shardMs: 30 * DAY_MS },
    { name: 'event', keepMs: eventMs, shardMs: 30 * DAY_MS },
  ]
}

/** A quarter of what is kept at most, and an hour at least. */
function shardFor({ keepMs, shardMs }: Policy): number {
  const quarter = Math.floor(keepMs / 4 / HOUR_MS) * HOUR_MS
  return Math.max(HOUR_MS, Math.min(shardMs, quarter))
}

/** A continuous query; its name tells its text, so that a changed one is replaced. */
export interface RollUp {
  readonly name: string
  readonly statement: string
}

const OURS = /^lvs_(minute|hour)_/

/**
 * Makes the database, its retention policies and continuous queries as they should be, and removes
 * those of ours that should not be there. Doing it again changes nothing. Throws what the client
 * throws; a user who is no admin cannot do it.
 */
export async function ensureRetention(client: InfluxClient, retention: InfluxKeep): Promise<void> {
  const { database } = client.target
  const db = identifier(database)
  await client.execute(`CREATE DATABASE ${db}`)
  const found = await namesOf(client, `SHOW RETENTION POLICIES ON ${db}`)
  for (const policy of policiesOf(retention)) {
    const { name, keepMs } = policy
    const verb = found.has(name) ? 'ALTER' : 'CREATE'
    const isDefault = name === 'raw' ? ' DEFAULT' : ''
    const shard = `SHARD DURATION ${shardFor(policy) / 1000}s`
    const keep = `DURATION ${Math.round(keepMs / 1000)}s REPLICATION 1 ${shard}`
    await client.execute(
      `${verb} RETENTION POLICY ${identifier(name)} ON ${db} ${keep}${isDefault}`,
    )
  }
  await ensureRollUps(client, rollUps(database))
}

async function ensureRollUps(client: InfluxClient, wanted: readonly RollUp[]): Promise<void> {
  const { database } = client.target
  const queries = await client.query('SHOW CONTINUOUS QUERIES')
  const own = queries.find(({ name }) => name === database)
  const present = new Set((own?.values ?? []).map(([name]) => String(name)))
  const names = new Set(wanted.map(({ name }) => name))
  for (const name of present) {
    if (!OURS.test(name) || names.has(name)) continue
    const ours = identifier(name)
    await client.execute(`DROP CONTINUOUS QUERY ${ours} ON ${identifier(database)}`)
  }
  for (const { name, statement } of wanted) if (!present.has(name)) await client.execute(statement)
}

/** Two for each measurement of samples: from raw to a minute, and from there to an hour. */
export function rollUps(database: string): readonly RollUp[] {
  return MEASUREMENT_NAMES.flatMap((measurement) => {
    const minute = rollUpSelection(database, measurement, 'minute')
    const hour = rollUpSelection(database, measurement, 'hour')
    if (minute === undefined || hour === undefined) return []
    return [
      rollUp(database, measurement, 'minute', 'EVERY 1m FOR 5m', minute),
      rollUp(database, measurement, 'hour', 'EVERY 30m FOR 3h', hour),
    ]
  })
}

function rollUp(
  database: string,
  measurement: MeasurementName,
  tier: 'minute' | 'hour',
  resample: string,
  selection: string,
): RollUp {
  const body = `RESAMPLE ${resample} BEGIN ${selection} END`
  const mark = createHash('sha256').update(body).digest('hex').slice(0, 8)
  const name = `lvs_${tier}_${measurement}_${mark}`
  const on = `${identifier(name)} ON ${identifier(database)}`
  return { name, statement: `CREATE CONTINUOUS QUERY ${on} ${body}` }
}

/**
 * Rolls up what came late, after an outage: continuous queries only look at the last minutes.
 */
export async function rollUpAgain(
  client: InfluxClient,
  fromMs: number,
  toMs: number,
): Promise<void> {
  const steps = [
    ['minute', 60_000],
    ['hour', 3_600_000],
  ] as const
  for (const [tier, stepMs] of steps) {
    const from = Math.floor(fromMs / stepMs) * stepMs
    const to = Math.ceil(toMs / stepMs) * stepMs
    for (const measurement of MEASUREMENT_NAMES) {
      const range = `WHERE time >= ${from}ms AND time < ${to}ms`
      const selection = rollUpSelection(client.target.database, measurement, tier, range)
      if (selection !== undefined) await client.execute(selection)
    }
  }
}

async function namesOf(client: InfluxClient, statement: string): Promise<ReadonlySet<string>> {
  const series = await client.query(statement)
  return new Set(series.flatMap(({ values }) => values.map(([name]) => String(name))))
}
