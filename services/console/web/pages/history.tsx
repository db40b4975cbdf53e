import { useMemo } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { useTranslate } from '../app-context.ts'
import {
  capacityChart,
  connectionChart,
  latencyChart,
  stateSpans,
  weightChart,
} from '../core/chart-data.ts'
import type { Range } from '../core/route.ts'
import { Chart } from '../parts/chart.tsx'
import { RangeChoice } from '../parts/range-choice.tsx'
import { StateLine } from '../parts/state-line.tsx'
import { Moment } from '../parts/time.tsx'

interface HistoryProps {
  /** `web`, or `web/web1`. */
  readonly target: string
  readonly isService: boolean
  readonly range: Range
  readonly linkOf: (range: Range) => string
}

const LENGTHS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 7 * 86_400_000 }
const EVERY_MS = 30_000
const MOST_EVENTS = 50

/** How a service or real server was, and what happened. */
export function History({ target, isService, range, linkOf }: HistoryProps) {
  const t = useTranslate()
  const request = () => {
    const toMs = Date.now()
    return { target, fromMs: toMs - LENGTHS[range], toMs }
  }
  const options = { key: `${target} ${range}`, everyMs: EVERY_MS }
  const { value, error } = useAnswer('history', request, options)
  const charts = useMemo(
    () =>
      value && {
        spans: isService ? [] : stateSpans(value),
        weight: isService ? capacityChart(value) : weightChart(value),
        latency: latencyChart(value),
        connections: connectionChart(value),
      },
    [value, isService],
  )
  return (
    <section aria-labelledby="history">
      <h2 id="history">{t('history.title')}</h2>
      <RangeChoice range={range} linkOf={linkOf} />
      {error !== undefined && <p role="alert">{t('error.refused', { message: error })}</p>}
      {value?.problem !== undefined && <p class="notice">{value.problem}</p>}
      {charts !== undefined && (
        <>
          {!isService && <h3>{t('column.state')}</h3>}
          {!isService && <StateLine spans={charts.spans} />}
          <div class="charts">
            <Chart
              title={isService ? t('column.capacity') : t('column.weight')}
              unit={isService ? '%' : ''}
              data={charts.weight}
            />
            {!isService && <Chart title={t('history.latency')} unit="ms" data={charts.latency} />}
            <Chart title={t('column.connections')} unit="" data={charts.connections} />
          </div>
        </>
      )}
      {value !== undefined && <Happened events={value.events} />}
    </section>
  )
}

interface HappenedProps {
  readonly events: readonly { at: number; type: string; message: string; by?: string | undefined }[]
}

function Happened({ events }: HappenedProps) {
  const t = useTranslate()
  const latest = events.slice(-MOST_EVENTS).reverse()
  return (
    <>
      <h3>{t('history.events')}</h3>
      {latest.length === 0 && <p class="faint">{t('history.no-events')}</p>}
      <ol class="events">
        {latest.map(({ at, type, message, by }) => (
          <li key={`${at} ${type} ${message}`}>
            <Moment at={at} />
            <span lang="en">
              {message}
              {by !== undefined && !message.includes(by) && ` (${by})`}
            </span>
          </li>
        ))}
      </ol>
    </>
  )
}
