import { formatDuration } from '../../shared/domain/duration.ts'
import type { HistoryAnswer, HistoryAnswerSeries } from '../../shared/wire/history-api.ts'
import { localTime } from '../local-time.ts'
import type { Style } from '../style.ts'
import { columnChart, roundUp } from './chart.ts'

interface HistoryView {
  readonly style: Style
  /** Characters in a line; no limit in a pipe. */
  readonly width: number
}

/** One field over the whole range; a place for each window. */
type Track = readonly (number | undefined)[]

const LABEL = 10
const MOST_COLUMNS = 120
const LEAST_COLUMNS = 20
const COLUMNS_IN_A_PIPE = 72
const CHART_ROWS = 5
const MOST_EVENTS = 12

/** By number of `state`: what stands in the strip, and what it means. */
const STATES = [
  ['█', 'serving', 'good'],
  ['▓', 'degraded', 'warn'],
  ['?', 'unknown', 'warn'],
  ['▒', 'draining', 'faint'],
  ['░', 'taken out', 'faint'],
  ['×', 'down', 'bad'],
] as const

/** How many windows fit beside the labels. */
export function plotColumns(width: number): number {
  if (width === Number.POSITIVE_INFINITY) return COLUMNS_IN_A_PIPE
  return Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, width - LABEL - 1))
}

/** State, weight and latency as charts in characters, then what happened. */
export function historyLines(answer: HistoryAnswer, view: HistoryView): readonly string[] {
  const { target, fromMs, toMs, stepMs, source, problem } = answer
  const { style } = view
  const span = `${localTime(fromMs)} to ${localTime(toMs)}`
  const lines = [
    style.strong(target),
    style.faint(`${span}, ${formatDuration(stepMs)} a column, from ${source} history`),
  ]
  if (problem !== undefined) lines.push(style.warn(`history has a problem: ${problem}`))
  const charts = [
    ...stateLines(answer, view),
    ...numberChart(answer, view, 'real_server', 'effective_weight mean', 'weight', ''),
    ...numberChart(answer, view, 'virtual_service', 'serving mean', 'serving', ''),
    ...latencyLines(answer, view),
    ...connectionLines(answer, view),
  ]
  if (charts.length === 0) lines.push('', 'nothing was kept of this time')
  return [...lines, ...charts, ...eventLinesOf(answer, view)]
}

function stateLines(answer: HistoryAnswer, { style }: HistoryView): readonly string[] {
  const states = trackOf(answer, ownSeries(answer, 'real_server'), 'state max')
  if (states === undefined) return []
  const strip = states
    .map((state) => {
      const known = state === undefined ? undefined : STATES[Math.round(state)]
      return known === undefined ? ' ' : style[known[2]](known[0])
    })
    .join('')
  const seen = states.filter((state) => state !== undefined)
  const legend = STATES.flatMap(([mark, name], number) => {
    const count = seen.filter((state) => Math.round(state) === number).length
    return count === 0 ? [] : [`${mark} ${name} ${percentOf(count, seen.length)}`]
  })
  return ['', label('state') + strip, label('') + legend.join('   ')]
}

/** The worst of each window decides its place in the strip, so a share is of windows. */
function percentOf(count: number, total: number): string {
  const share = (100 * count) / total
  return `${share >= 10 || Number.isInteger(share) ? Math.round(share) : share.toFixed(1)} %`
}

function latencyLines(answer: HistoryAnswer, view: HistoryView): readonly string[] {
  return answer.series
    .filter(({ measurement }) => measurement === 'check')
    .flatMap((series) => {
      const means = trackOf(answer, series, 'latency_ms mean')
      const { check, vantage } = series.tags
      const of = check === undefined ? 'all checks' : `${check} from ${vantage}`
      const sums = `${total(series, 'passed sum') + total(series, 'failed sum')} runs`
      const failed = `${total(series, 'failed sum')} failed`
      const most = Math.max(0, ...valuesOf(series, 'latency_ms max'))
      const title = `${of}: up to ${round(most)} ms, ${sums}, ${failed}`
      return ['', label('latency') + title, ...chartLines(means ?? [], view, 'ms')]
    })
}

/** Connections of the first director are shown; with several, `--json` has all of them. */
function connectionLines(answer: HistoryAnswer, view: HistoryView): readonly string[] {
  return answer.series
    .filter(({ tags }) => (tags['director'] ?? '') !== '')
    .flatMap((series) => {
      const active = trackOf(answer, series, 'active mean')
      if (active === undefined || active.every((value) => !value)) return []
      const title = `active on ${series.tags['director']}`
      return ['', label('conns') + title, ...chartLines(active, view, '')]
    })
}

function numberChart(
  answer: HistoryAnswer,
  view: HistoryView,
  measurement: string,
  column: string,
  name: string,
  unit: string,
): readonly string[] {
  const track = trackOf(answer, ownSeries(answer, measurement), column)
  if (track === undefined) return []
  const seen = track.filter((value) => value !== undefined)
  const range = `${round(Math.min(...seen))} to ${round(Math.max(...seen))}`
  return ['', `${label(name)}${range}`, ...chartLines(track, view, unit)]
}

function chartLines(track: Track, { style }: HistoryView, unit: string): readonly string[] {
  const top = roundUp(Math.max(0, ...track.filter((value) => value !== undefined)))
  return columnChart(track, CHART_ROWS, top).map((row, index) => {
    const mark = index === 0 ? `${round(top)} ${unit}` : index === CHART_ROWS - 1 ? '0' : ''
    return `${style.faint(`${mark.trim().padStart(LABEL - 2)} ┤`)}${row.trimEnd()}`
  })
}

function eventLinesOf({ events }: HistoryAnswer, { style }: HistoryView): readonly string[] {
  if (events.length === 0) return []
  const left = events.length - MOST_EVENTS
  const more = left > 0 ? ` (${left} earlier ones: lvsctl events)` : ''
  return [
    '',
    style.strong(`events${more}`),
    ...events
      .slice(-MOST_EVENTS)
      .map(({ at, message }) => `${style.faint(localTime(at).slice(0, 19))}  ${message}`),
  ]
}

/** What the controller says of it, apart from any director. */
function ownSeries(answer: HistoryAnswer, measurement: string): HistoryAnswerSeries | undefined {
  return answer.series.find(
    (series) => series.measurement === measurement && (series.tags['director'] ?? '') === '',
  )
}

function trackOf(
  { fromMs, toMs, stepMs }: HistoryAnswer,
  series: HistoryAnswerSeries | undefined,
  column: string,
): Track | undefined {
  const index = series?.columns.indexOf(column) ?? -1
  if (series === undefined || index < 0) return undefined
  const begin = Math.floor(fromMs / stepMs) * stepMs
  const track: (number | undefined)[] = new Array(Math.ceil((toMs - begin) / stepMs))
  track.fill(undefined)
  for (const { at, values } of series.rows) {
    const place = Math.round((at - begin) / stepMs)
    if (place >= 0 && place < track.length) track[place] = values[index] ?? undefined
  }
  return track.some((value) => value !== undefined) ? track : undefined
}

function valuesOf({ columns, rows }: HistoryAnswerSeries, column: string): readonly number[] {
  const index = columns.indexOf(column)
  return rows.map(({ values }) => values[index] ?? 0)
}

function total(series: HistoryAnswerSeries, column: string): number {
  return valuesOf(series, column).reduce((sum, value) => sum + value, 0)
}

function round(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value))
  return String(Number(value.toPrecision(2)))
}

function label(text: string): string {
  return text.padEnd(LABEL)
}
