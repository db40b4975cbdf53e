import {
  type Aggregate,
  type FieldSpec,
  type MeasurementName,
  measurementSpec,
} from '../../domain/measurements.ts'
import type { EventQuery, HistoryQuery, TagFilter } from '../../ports/history.ts'
import type { Tier } from './influx-retention.ts'

/** A name in InfluxQL, in double quotes. */
export function identifier(name: string): string {
  return `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

/** Text in InfluxQL, in single quotes. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}

/** The column of a roll-up: the first keeps the field's name, others add what they are. */
export function rollUpColumn(field: string, { rollUps }: FieldSpec, by: Aggregate): string {
  return rollUps[0] === by ? field : `${field}_${by}`
}

/** `SELECT … INTO … FROM … GROUP BY`; nothing for events and measurements without roll-ups. */
export function rollUpSelection(
  database: string,
  measurement: MeasurementName,
  tier: Exclude<Tier, 'raw'>,
  where = '',
): string | undefined {
  const { kind, fields } = measurementSpec(measurement)
  if (kind === 'event') return undefined
  const columns = Object.entries(fields).flatMap(([field, spec]) =>
    spec.rollUps.map((by) => {
      const column = rollUpColumn(field, spec, by)
      const from = tier === 'minute' ? field : column
      return `${by}(${identifier(from)}) AS ${identifier(column)}`
    }),
  )
  if (columns.length === 0) return undefined
  const db = identifier(database)
  const name = identifier(measurement)
  const source = tier === 'minute' ? 'raw' : 'minute'
  const window = tier === 'minute' ? '1m' : '1h'
  const parts = [
    `SELECT ${columns.join(', ')}`,
    `INTO ${db}.${identifier(tier)}.${name}`,
    `FROM ${db}.${identifier(source)}.${name}`,
    where,
    `GROUP BY time(${window}), *`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

/** Samples in windows; the query's fields must be declared. */
export function windowsStatement(query: HistoryQuery, tier: Tier): string {
  const { measurement, fields, fromMs, toMs, stepMs, groupBy } = query
  const spec = measurementSpec(measurement)
  const columns = fields.map(({ field, by }, index) => {
    const declared = spec.fields[field]
    const column =
      tier === 'raw' || declared === undefined ? field : rollUpColumn(field, declared, by)
    return `${by}(${identifier(column)}) AS "c${index}"`
  })
  const groups = [`time(${stepMs}ms)`, ...groupBy.map(identifier)].join(', ')
  const from = Math.floor(fromMs / stepMs) * stepMs
  const to = Math.ceil(toMs / stepMs) * stepMs
  return [
    `SELECT ${columns.join(', ')} FROM ${identifier(tier)}.${identifier(measurement)}`,
    `WHERE time >= ${from}ms AND time < ${to}ms${filterClause(query.where)}`,
    `GROUP BY ${groups} fill(none)`,
  ].join(' ')
}

/** The latest events, newest first. */
export function eventsStatement({ measurement, where, fromMs, toMs, limit }: EventQuery): string {
  const { fields, tags } = measurementSpec(measurement)
  const columns = [...Object.keys(fields), ...Object.keys(tags)].map(identifier)
  return [
    `SELECT ${columns.join(', ')} FROM "event".${identifier(measurement)}`,
    `WHERE time >= ${fromMs}ms AND time < ${toMs}ms${filterClause(where)}`,
    `ORDER BY time DESC LIMIT ${limit}`,
  ].join(' ')
}

function filterClause(where: TagFilter): string {
  return Object.entries(where)
    .map(([tag, wanted]) => {
      const values = typeof wanted === 'string' ? [wanted] : wanted
      const any = values.map((value) => `${identifier(tag)} = ${literal(value)}`).join(' OR ')
      return ` AND (${any === '' ? 'false' : any})`
    })
    .join('')
}
