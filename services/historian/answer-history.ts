import { answerVerb } from '../shared/coordination/answer-verb.ts'
import { lineProtocol } from '../shared/domain/line-protocol.ts'
import type { Aggregate, MeasurementName } from '../shared/domain/measurements.ts'
import { nearestKey } from '../shared/domain/nearest-key.ts'
import type { Point } from '../shared/domain/point.ts'
import type { Bus } from '../shared/ports/bus.ts'
import {
  type History,
  type HistoryQuery,
  SHORTEST_STEP_MS,
  type TagFilter,
} from '../shared/ports/history.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { api } from '../shared/wire/api.ts'
import type { HistoryAnswer, HistoryAnswerSeries } from '../shared/wire/history-api.ts'

interface AnswerParts {
  readonly cluster: string
  readonly bus: Bus
  readonly history: History
  /** Everything of the cluster file that can be asked about. */
  readonly names: () => readonly string[]
}

type Column = readonly [field: string, by: Aggregate]

const MOST_EVENTS = 500
const MS_PER = { s: 1000, m: 60_000, h: 3_600_000 } as const
/** Windows that people can read off a clock. */
const STEPS_MS = [
  SHORTEST_STEP_MS,
  ...[20, 30].map((seconds) => seconds * MS_PER.s),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MS_PER.m),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((hours) => hours * MS_PER.h),
]

const CHECK: readonly Column[] = [
  ['latency_ms', 'mean'],
  ['latency_ms', 'max'],
  ['passed', 'sum'],
  ['failed', 'sum'],
  ['inconclusive', 'sum'],
]
const TRAFFIC: readonly Column[] = [
  ['active', 'mean'],
  ['active', 'max'],
  ['inactive', 'mean'],
  ['connection_rate', 'mean'],
  ['in_byte_rate', 'mean'],
  ['out_byte_rate', 'mean'],
]
const SERVER: readonly Column[] = [
  ['configured_weight', 'mean'],
  ['effective_weight', 'mean'],
  ['up', 'mean'],
  ['state', 'max'],
  ['weight', 'mean'],
  ['persistent', 'mean'],
  ...TRAFFIC,
]
const SERVICE: readonly Column[] = [
  ['real_servers', 'mean'],
  ['serving', 'mean'],
  ['capacity_percent', 'mean'],
  ['panic', 'max'],
  ['sorry', 'max'],
  ...TRAFFIC,
]

/** Answers `history` and `history-export`; returns how to stop. */
export function answerHistory(parts: AnswerParts): readonly (() => void)[] {
  const { cluster, bus, history } = parts

  return [
    answerVerb(bus, cluster, api.history, (request) => historyOf(parts, request)),
    answerVerb(bus, cluster, api.historyExport, async ({ cursor }) => {
      const { points, next } = await history.exportPage(cursor)
      return { lines: points.map(lineProtocol), ...(next !== undefined && { next }) }
    }),
  ]
}

async function historyOf(
  { history, names }: AnswerParts,
  {
    target,
    fromMs,
    toMs,
    windows,
  }: {
    readonly target: string
    readonly fromMs: number
    readonly toMs: number
    readonly windows: number
  },
): Promise<HistoryAnswer> {
  if (!(toMs > fromMs)) {
    throw new ServiceError('api.bad-request', 'history: its end must be later than its beginning')
  }
  const stepMs = stepFor(toMs - fromMs, windows)
  const [service = '', server] = target.split('/')
  const where: TagFilter = server === undefined ? { service } : { service, server }
  const range = { fromMs, toMs, stepMs, where }
  const checksBy = server === undefined ? [] : ['check', 'vantage']
  const series = [
    ...(await columns(history, 'check', CHECK, { ...range, groupBy: checksBy })),
    ...(server === undefined
      ? await columns(history, 'virtual_service', SERVICE, { ...range, groupBy: ['director'] })
      : await columns(history, 'real_server', SERVER, { ...range, groupBy: ['director'] })),
  ]
  const events = await eventsOf(history, { fromMs, toMs }, where, server)
  if (series.length === 0 && events.length === 0) refuseUnknown(target, names())
  const { problem } = history.statistics()
  return {
    target,
    fromMs,
    toMs,
    stepMs,
    source: history.name,
    series,
    events,
    ...(problem !== undefined && { problem }),
  }
}

/** The shortest of the usual windows that gives no more than so many. */
export function stepFor(rangeMs: number, windows: number): number {
  const longest = STEPS_MS.at(-1) ?? SHORTEST_STEP_MS
  const fitting = STEPS_MS.find((stepMs) => rangeMs / stepMs <= windows)
  return fitting ?? Math.ceil(rangeMs / windows / longest) * longest
}

async function columns(
  history: History,
  measurement: MeasurementName,
  wanted: readonly Column[],
  how: Pick<HistoryQuery, 'fromMs' | 'toMs' | 'stepMs' | 'where' | 'groupBy'>,
): Promise<HistoryAnswerSeries[]> {
  const fields = wanted.map(([field, by]) => ({ field, by }))
  const found = await history.query({ measurement, fields, ...how })
  return found
    .map(({ tags, rows }) => ({
      measurement,
      tags: { ...tags },
      columns: wanted.map(([field, by]) => `${field} ${by}`),
      rows: rows.map(({ at, values }) => ({ at, values: [...values] })),
    }))
    .filter(({ rows }) => rows.length > 0)
}

/** Operators act on a real server in all its services, so their actions may name no service. */
async function eventsOf(
  history: History,
  range: { readonly fromMs: number; readonly toMs: number },
  where: TagFilter,
  server: string | undefined,
): Promise<HistoryAnswer['events']> {
  const own = server === undefined ? where : { server }
  const limit = MOST_EVENTS
  const found = [
    ...(await history.events({ measurement: 'transition', where, ...range, limit })),
    ...(await history.events({ measurement: 'operator_action', where: own, ...range, limit })),
  ]
  const { service } = where
  return found
    .filter(({ tags }) => tags['service'] === undefined || tags['service'] === service)
    .sort((one, other) => one.at - other.at)
    .slice(-MOST_EVENTS)
    .map(eventOf)
}

function eventOf({ at, tags, fields }: Point): HistoryAnswer['events'][number] {
  const by = fields['by']
  return {
    at: Math.floor(at),
    type: tags['type'] ?? '',
    message: String(fields['message'] ?? ''),
    ...(typeof by === 'string' && { by }),
  }
}

/** What once was in the file may be asked about; a name that never was is a slip. */
function refuseUnknown(target: string, names: readonly string[]): void {
  if (names.includes(target)) return
  const near = nearestKey(target, names)
  const hint = near === undefined ? 'lvsctl status lists them all' : `did you mean ${near}?`
  throw new ServiceError('api.unknown-target', `there is no history of ${target}: ${hint}`)
}
