import { readFileSync } from 'node:fs'
import { FieldType, InfluxDB, type IPoint } from 'influx'
import { type FieldSpec, MEASUREMENT_NAMES, measurementSpec } from '../../domain/measurements.ts'
import type { Point } from '../../domain/point.ts'
import type { Clock } from '../../ports/clock.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { influxError, isForbidden } from './influx-error.ts'

/** Which InfluxDB, and as whom. */
export interface InfluxTarget {
  /** `http://influxdb:8086`, `https://…`; a path is kept for a proxy in front. */
  readonly url: string
  readonly database: string
  readonly username?: string
  /** Read again when InfluxDB refuses the password that was in it. */
  readonly passwordFile?: string
  /** PEM file with the authority of its certificate, where the system's list has it not. */
  readonly caFile?: string
}

/** The few calls that everything else stands on. Each throws a `ServiceError` without secrets. */
export interface InfluxClient {
  readonly target: InfluxTarget
  /** Writes into a retention policy; the same points again change nothing. */
  write(points: readonly Point[], retentionPolicy: string): Promise<void>
  /** Runs InfluxQL; times in the answer are in this precision since the epoch. */
  query(statement: string, precision?: 'ms' | 'u'): Promise<readonly InfluxSeries[]>
  /** Runs a statement that changes or makes something. */
  execute(statement: string): Promise<void>
}

/** One series of an answer, as InfluxDB writes it. */
export interface InfluxSeries {
  readonly name: string
  readonly tags?: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  readonly values: readonly (readonly (string | number | null)[])[]
}

const WRITE_TIMEOUT_MS = 10_000
const QUERY_TIMEOUT_MS = 20_000
/** A roll-up of a long outage is no small matter. */
const EXECUTE_TIMEOUT_MS = 120_000
const FIELD_TYPES = {
  float: FieldType.FLOAT,
  integer: FieldType.INTEGER,
  string: FieldType.STRING,
} as const satisfies Record<FieldSpec['type'], FieldType>

/**
 * Makes a client of one InfluxDB 1.x. Throws a `ServiceError` `history.bad-url` for a URL that is
 * none, `history.unreadable-file` for a password or an authority that cannot be read.
 */
export function createInfluxClient(target: InfluxTarget, clock: Clock): InfluxClient {
  let influx = connect(target)

  function onError(error: unknown): ServiceError {
    const known = influxError(error)
    if (known.code === 'history.unauthorised') influx = connect(target)
    return known
  }

  function within<T>(timeoutMs: number, doing: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(timeoutMs, () => {
        const message = `InfluxDB did not answer within ${timeoutMs} ms`
        reject(new ServiceError('history.unavailable', message, { retryable: true }))
      })
      doing.then(resolve, (error: unknown) => reject(onError(error))).finally(cancel)
    })
  }

  async function run(statement: string, timeoutMs: number, precision?: 'ms' | 'u') {
    const options = { database: target.database, ...(precision && { precision }) }
    const answer = await within(timeoutMs, influx.queryRaw(statement, options))
    return seriesOf(answer)
  }

  return {
    target,
    write: (points, retentionPolicy) =>
      within(
        WRITE_TIMEOUT_MS,
        writeAll(influx, points, { database: target.database, retentionPolicy }),
      ),
    query: (statement, precision = 'ms') => run(statement, QUERY_TIMEOUT_MS, precision),
    async execute(statement) {
      await run(statement, EXECUTE_TIMEOUT_MS)
    },
  }
}

async function writeAll(
  influx: InfluxDB,
  points: readonly Point[],
  where: { readonly database: string; readonly retentionPolicy: string },
): Promise<void> {
  await influx.writePoints(points.map(toInflux), { ...where, precision: 'u' })
}

function toInflux({ measurement, at, tags, fields }: Point): IPoint {
  return { measurement, tags, fields, timestamp: String(Math.round(at * 1000)) }
}

function connect({ url, database, username, passwordFile, caFile }: InfluxTarget): InfluxDB {
  const { protocol, hostname, port, pathname } = parseUrl(url)
  const isTls = protocol === 'https:'
  return new InfluxDB({
    database,
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { password: readSecret(passwordFile).trim() }),
    hosts: [
      {
        protocol: isTls ? 'https' : 'http',
        host: hostname,
        port: port === '' ? (isTls ? 443 : 8086) : Number(port),
        path: pathname === '/' ? '' : pathname.replace(/\/$/, ''),
        ...(caFile !== undefined && { options: { ca: readSecret(caFile) } }),
      },
    ],
    // Retrying is ours: the library would refuse at once for seconds after each failure.
    pool: { maxRetries: 0, requestTimeout: QUERY_TIMEOUT_MS, backoff: noBackoff },
    schema: MEASUREMENT_NAMES.map((measurement) => {
      const { tags, fields } = measurementSpec(measurement)
      return {
        measurement,
        database,
        tags: Object.keys(tags),
        fields: Object.fromEntries(
          Object.entries(fields).map(([name, { type }]) => [name, FIELD_TYPES[type]]),
        ),
      }
    }),
  })
}

const noBackoff = { getDelay: () => 0, next: () => noBackoff, reset: () => noBackoff }

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new ServiceError('history.bad-url', `want http://HOST:8086 for InfluxDB, got ${url}`)
  }
  if (parsed.username !== '' || parsed.password !== '') {
    const message = 'user and password of InfluxDB belong into files, not into its URL'
    throw new ServiceError('history.bad-url', message)
  }
  return parsed
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError('history.unreadable-file', `cannot read ${file}: ${reason}`)
  }
}

interface RawResult {
  readonly series?: readonly InfluxSeries[]
  readonly error?: string
}

/** A statement that fails is answered with status 200 and an error inside. */
function seriesOf(answer: unknown): readonly InfluxSeries[] {
  const { results = [] } = answer as { results?: readonly RawResult[] }
  const failed = results.find(({ error }) => error !== undefined)?.error
  if (failed !== undefined) {
    const code = isForbidden(failed) ? 'history.unauthorised' : 'history.refused'
    throw new ServiceError(code, `InfluxDB refuses: ${failed.slice(0, 300)}`)
  }
  return results.flatMap(({ series }) => series ?? [])
}
