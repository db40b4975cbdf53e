import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { useTranslate } from '../app-context.ts'
import { type ChartData, isEmpty } from '../core/chart-data.ts'
import { preferences } from '../preferences.ts'
import { useStore } from '../store.ts'

interface ChartProps {
  readonly title: string
  readonly unit: string
  readonly data: ChartData
}

const HEIGHT = 170
/** Told apart without colour, too. */
const DASHES = [[], [6, 4], [2, 3], [10, 4, 2, 4]]
const COLOURS = ['--good', '--bad', '--calm', '--ink']

/** Lines over time, and the last values in words. */
export function Chart({ title, unit, data }: ChartProps) {
  const t = useTranslate()
  return (
    <figure class="chart">
      <figcaption>
        {title}
        <span class="faint">
          {data.lines.map(({ name, values }, index) => (
            <span key={name} class="legend">
              <span class={`dash dash-${index % DASHES.length}`} aria-hidden="true" />
              {name}: {lastOf(values)} {unit}
            </span>
          ))}
        </span>
      </figcaption>
      {isEmpty(data) ? <p class="faint">{t('history.nothing')}</p> : <Plot data={data} />}
    </figure>
  )
}

function lastOf(values: readonly (number | null)[]): string {
  const last = values.findLast((value) => value !== null)
  return last === undefined || last === null
    ? '–'
    : last.toLocaleString(undefined, { maximumFractionDigits: 1 })
}

function Plot({ data }: { data: ChartData }) {
  const place = useRef<HTMLDivElement>(null)
  const theme = useStore(preferences, (chosen) => chosen.theme)
  // Colours are read again with the theme.
  useEffect(() => {
    const { current } = place
    if (current === null) return
    const plot = new uPlot(optionsOf(current, data), alignedOf(data), current)
    const watch = new ResizeObserver(() => {
      plot.setSize({ width: current.clientWidth, height: HEIGHT })
    })
    watch.observe(current)
    return () => {
      watch.disconnect()
      plot.destroy()
    }
  }, [data, theme])
  return <div ref={place} class="plot" aria-hidden="true" />
}

function alignedOf({ times, lines }: ChartData): uPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])]
}

function optionsOf(place: HTMLElement, { times, lines }: ChartData): uPlot.Options {
  const language = preferences.get().language
  const isLong = (times.at(-1) ?? 0) - (times[0] ?? 0) > 86_400
  const clock = new Intl.DateTimeFormat(language, isLong ? DAY_FORMAT : CLOCK_FORMAT)
  const colour = colourReader(place)
  const axis = { stroke: colour('--faint'), grid: { stroke: colour('--line'), width: 1 } }
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, low, high) => [Math.min(0, low), high <= 0 ? 1 : high * 1.1] } },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map((tick) => clock.format(1000 * tick)) },
      { ...axis, size: 56 },
    ],
    series: [
      {},
      ...lines.map(({ values }, index) => ({
        stroke: colour(COLOURS[index % COLOURS.length] ?? '--ink'),
        width: 2,
        dash: DASHES[index % DASHES.length] ?? [],
        points: { show: isSparse(values), size: 5 },
      })),
    ],
  }
}

const CLOCK_FORMAT = { hour: '2-digit', minute: '2-digit', hour12: false } as const
const DAY_FORMAT = { month: '2-digit', day: '2-digit' } as const

/** A line needs two points; one alone would not be seen. */
function isSparse(values: readonly (number | null)[]): boolean {
  return values.filter((value) => value !== null).length < 5
}

/** A canvas knows no variables of the style sheet: the browser resolves them on an element. */
function colourReader(place: HTMLElement): (variable: string) => string {
  return (variable) => {
    place.style.color = `var(${variable})`
    const colour = getComputedStyle(place).color
    place.style.color = ''
    return colour
  }
}
