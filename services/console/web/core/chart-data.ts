import type { HistoryAnswer, HistoryAnswerSeries } from '../../../shared/wire/history-api.ts'
import type { Mark } from './server-mark.ts'

/** Lines over one axis of time. */
export interface ChartData {
  /** Seconds since the epoch. */
  readonly times: readonly number[]
  readonly lines: readonly ChartLine[]
}

/** A place for each time; null where nothing was kept. */
export interface ChartLine {
  readonly name: string
  readonly values: readonly (number | null)[]
}

/** A stretch of time in one state. */
export interface StateSpan {
  readonly from: number
  readonly to: number
  /** Undefined: nothing was kept. */
  readonly mark: Mark | undefined
}

/** By the number that is kept: docs/reference/measurements.md, `real_server`. */
const STATES: readonly Mark[] = [
  'serving',
  'degraded',
  'unknown',
  'draining',
  'maintenance',
  'down',
]

/** How a real server was, from the begin to the end of the range. */
export function stateSpans(answer: HistoryAnswer): readonly StateSpan[] {
  const { fromMs, toMs, stepMs } = answer
  const values = valuesOf(ownSeries(answer, 'real_server'), 'state max')
  const spans: StateSpan[] = []
  for (let from = fromMs; from < toMs; from += stepMs) {
    const to = Math.min(toMs, from + stepMs)
    const state = values.get(windowOf(from, answer))
    const mark = state === null || state === undefined ? undefined : STATES[Math.round(state)]
    const last = spans.at(-1)
    if (last !== undefined && last.mark === mark) spans[spans.length - 1] = { ...last, to }
    else spans.push({ from, to, mark })
  }
  return spans
}

/** Configured and effective weight. */
export function weightChart(answer: HistoryAnswer): ChartData {
  const own = ownSeries(answer, 'real_server')
  return chart(answer, [
    ['configured', own, 'configured_weight mean'],
    ['effective', own, 'effective_weight mean'],
  ])
}

/** Latency of each check from each vantage, in milliseconds. */
export function latencyChart(answer: HistoryAnswer): ChartData {
  const checks = answer.series.filter(({ measurement }) => measurement === 'check')
  return chart(
    answer,
    checks.map(({ tags, ...series }) => {
      const name = [tags['check'], tags['vantage']].filter(Boolean).join(', ')
      return [name, { tags, ...series }, 'latency_ms mean'] as const
    }),
  )
}

/** Active connections in each director's kernel. */
export function connectionChart(answer: HistoryAnswer): ChartData {
  const kernels = answer.series.filter(
    ({ measurement, tags }) => measurement !== 'check' && (tags['director'] ?? '') !== '',
  )
  return chart(
    answer,
    kernels.map((series) => [series.tags['director'] ?? '', series, 'active mean'] as const),
  )
}

/** Effective weight of a service as a share of the configured, in percent. */
export function capacityChart(answer: HistoryAnswer): ChartData {
  const own = ownSeries(answer, 'virtual_service')
  return chart(answer, [['capacity', own, 'capacity_percent mean']])
}

/** True when there is nothing to draw. */
export function isEmpty({ lines }: ChartData): boolean {
  return lines.every(({ values }) => values.every((value) => value === null))
}

type Wish = readonly [string, HistoryAnswerSeries | undefined, string]

function chart(answer: HistoryAnswer, wishes: readonly Wish[]): ChartData {
  const { fromMs, toMs, stepMs } = answer
  const begins: number[] = []
  for (let at = windowOf(fromMs, answer); at < toMs; at += stepMs) begins.push(at)
  const lines = wishes.map(([name, series, column]) => {
    const values = valuesOf(series, column)
    return { name, values: begins.map((at) => values.get(at) ?? null) }
  })
  return { times: begins.map((at) => at / 1000), lines }
}

/** Of the whole, not of one director. */
function ownSeries(answer: HistoryAnswer, wanted: string): HistoryAnswerSeries | undefined {
  return answer.series.find(
    ({ measurement, tags }) => measurement === wanted && (tags['director'] ?? '') === '',
  )
}

function valuesOf(
  series: HistoryAnswerSeries | undefined,
  column: string,
): ReadonlyMap<number, number | null> {
  const place = series?.columns.indexOf(column) ?? -1
  if (series === undefined || place < 0) return new Map()
  return new Map(series.rows.map(({ at, values }) => [at, values[place] ?? null]))
}

/** Windows lie on a grid of their length. */
function windowOf(at: number, { stepMs }: HistoryAnswer): number {
  return Math.floor(at / stepMs) * stepMs
}
