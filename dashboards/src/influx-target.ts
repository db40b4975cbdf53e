import type { MeasurementName } from '../../services/shared/domain/measurements.ts'

/** The one data source of all dashboards and rules. */
export const DATA_SOURCE = { type: 'influxdb', uid: 'lvs-influx' } as const

/** A query of a panel, as Grafana's InfluxDB data source takes it. */
export interface InfluxTarget {
  readonly [key: string]: unknown
  readonly refId: string
  readonly datasource: typeof DATA_SOURCE
  readonly query: string
  readonly rawQuery: true
  readonly resultFormat: 'time_series' | 'table'
  readonly alias?: string
}

/** Where a query reads: what is rolled up, as the variable `resolution` says, or events. */
export type From = MeasurementName

/** The parts of a query over time. */
export interface SeriesQuery {
  /** InfluxQL between SELECT and FROM. */
  readonly select: string
  readonly from: From
  /** Further conditions, each in InfluxQL. */
  readonly where?: readonly string[]
  /** Tags; the window of time is added. */
  readonly groupBy?: readonly string[]
  /** `null`, `none`, `0`, `previous`. */
  readonly fill?: string
  /** Name of each series; `$tag_server` and `$col` are filled in. */
  readonly alias?: string
}

/** Samples have a policy for each resolution, events one of their own. */
function source(from: From): string {
  const isEvent = from === 'transition' || from === 'operator_action'
  return `"${isEvent ? 'event' : '$resolution'}"."${from}"`
}

/** `"server" =~ /^$server$/`: what the variables of a dashboard select. */
export function selected(...variables: readonly string[]): readonly string[] {
  return variables.map((name) => `"${name}" =~ /^$${name}$/`)
}

/** A point of the controller's own, apart from any director. */
export const BY_CONTROLLER = `"director" = ''`
/** A point from a kernel. */
export const BY_DIRECTOR = `"director" != ''`

/** Several columns: `each('sum', { failed: 'failed' })` is `sum("failed") AS "failed"`. */
export function each(aggregate: string, fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, field]) => `${aggregate}("${field}") AS "${name}"`)
    .join(', ')
}

/** A query over time, a line for each combination of its tags. */
export function series(refId: string, query: SeriesQuery): InfluxTarget {
  const { select, from, where = [], groupBy = [], fill = 'null', alias } = query
  const conditions = ['$timeFilter', ...where].join(' AND ')
  const gaps = `fill(${fill})`
  const groups = ['time($__interval)', ...groupBy.map((tag) => `"${tag}"`)].join(', ')
  return {
    refId,
    datasource: DATA_SOURCE,
    query: `SELECT ${select} FROM ${source(from)} WHERE ${conditions} GROUP BY ${groups} ${gaps}`,
    rawQuery: true,
    resultFormat: 'time_series',
    ...(alias !== undefined && { alias }),
  }
}

/** What one number, or one for each combination of tags, is made of. */
export interface SingleQuery {
  readonly from: From
  readonly where?: readonly string[]
  readonly groupBy?: readonly string[]
  readonly alias?: string
  readonly refId?: string
}

/** A query without windows: one value over the chosen time, or the last one in it. */
export function single(select: string, query: SingleQuery): InfluxTarget {
  const { from, where = [], groupBy = [], alias, refId = 'A' } = query
  return {
    refId,
    datasource: DATA_SOURCE,
    query: `SELECT ${select} ${bodyOf(from, where, groupBy)}`,
    rawQuery: true,
    resultFormat: 'time_series',
    ...(alias !== undefined && { alias }),
  }
}

/** One value out of one for each combination of tags: the sum of the last ones, for instance. */
export function combined(outer: string, inner: string, query: SingleQuery): InfluxTarget {
  const { from, where = [], groupBy = [] } = query
  const body = bodyOf(from, where, groupBy)
  return {
    refId: 'A',
    datasource: DATA_SOURCE,
    query: `SELECT ${outer} FROM (SELECT ${inner} ${body})`,
    rawQuery: true,
    resultFormat: 'time_series',
  }
}

/** A table with a row for each combination of tags, with what each field was last. */
export function latest(
  fields: Readonly<Record<string, string>>,
  query: SingleQuery & { readonly groupBy: readonly string[] },
): InfluxTarget {
  const { from, where = [], groupBy } = query
  const inner = Object.entries(fields).map(([name, field]) => `last("${field}") AS "${name}"`)
  const columns = [...groupBy, ...Object.keys(fields)].map((name) => `"${name}"`).join(', ')
  const body = bodyOf(from, where, groupBy)
  return asTable(`SELECT ${columns} FROM (SELECT ${inner.join(', ')} ${body})`)
}

/** A table with a row for each combination of tags; `select` may be anything. */
export function totals(select: string, query: SingleQuery): InfluxTarget {
  return { ...single(select, query), resultFormat: 'table' }
}

/** A table of events, newest first. */
export function listing(
  columns: readonly string[],
  from: 'transition' | 'operator_action',
  where: readonly string[],
  limit = 100,
): InfluxTarget {
  const names = columns.map((name) => `"${name}"`).join(', ')
  return asTable(`SELECT ${names} ${bodyOf(from, where, [])} ORDER BY time DESC LIMIT ${limit}`)
}

function bodyOf(from: From, where: readonly string[], groupBy: readonly string[]): string {
  const groups = groupBy.map((tag) => `"${tag}"`).join(', ')
  const conditions = ['$timeFilter', ...where].join(' AND ')
  const body = `FROM ${source(from)} WHERE ${conditions}`
  return groups === '' ? body : `${body} GROUP BY ${groups}`
}

function asTable(query: string): InfluxTarget {
  const common = { refId: 'A', datasource: DATA_SOURCE, rawQuery: true } as const
  return { ...common, query, resultFormat: 'table' }
}
