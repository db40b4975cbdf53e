import type { FieldValue, Point } from '../../domain/point.ts'
import type { ExportPage } from '../../ports/history.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { blockStart, COARSE, FINE, type Tier } from './block-store.ts'
import type { Columns } from './columns.ts'
import type { LocalStore } from './local-store.ts'
import type { Series } from './series-book.ts'
import { slotsOf } from './slots.ts'

/** A page has about so many points; a message on the bus has a bound. */
const PAGE_POINTS = 3000

/** One stretch of the whole: a block, or a day of events. */
interface Stage {
  readonly rank: 0 | 1 | 2
  /** Begin of the block; of a day of events, its date as a number. */
  readonly place: number
}

const TIERS: readonly (Tier | undefined)[] = [COARSE, FINE]

/**
 * Everything, oldest first: what is only kept by the minute, then what is kept by ten seconds, then
 * the events. A cursor is `rank.place.series`.
 */
export function exportFrom(store: LocalStore, cursor: string | undefined): ExportPage {
  const from = readCursor(cursor)
  const stages = stagesOf(store)
  const points: Point[] = []
  for (const [index, stage] of stages.entries()) {
    if (stage.rank < from.rank || (stage.rank === from.rank && stage.place < from.place)) continue
    const isFirst = stage.rank === from.rank && stage.place === from.place
    let series = isFirst ? from.series : 0
    if (stage.rank === 2) points.push(...eventsOfDay(store, stage.place))
    else series = exportBlock(store, stage, series, points)
    if (points.length < PAGE_POINTS) continue
    const next = series < store.book.size && stage.rank < 2 ? stage : stages[index + 1]
    if (next === undefined) return { points }
    const place = next === stage ? series : 0
    return { points, next: `${next.rank}.${next.place}.${place}` }
  }
  return { points }
}

/** What can only be read by the minute comes first; a young block may move to disk meanwhile. */
function stagesOf(store: LocalStore): readonly Stage[] {
  const fine = [...store.fine.starts(), ...store.heads.starts()]
  const hours = new Set(fine.map((start) => blockStart(COARSE, start)))
  const coarse = store.coarse.starts().filter((hour) => !hours.has(hour))
  return [
    ...coarse.map((place): Stage => ({ rank: 0, place })),
    ...fine.map((place): Stage => ({ rank: 1, place })),
    ...store.events.days.map(
      (day): Stage => ({ rank: 2, place: Number(day.slice(0, 10).replaceAll('-', '')) }),
    ),
  ]
}

/** Returns the number of the series to go on with. */
function exportBlock(store: LocalStore, stage: Stage, first: number, points: Point[]): number {
  const tier = TIERS[stage.rank]
  const source = tier && store.sourceAt(tier, stage.place)
  let id = first
  for (; id < store.book.size && points.length < PAGE_POINTS; id++) {
    const series = store.book.byId(id)
    const columns = series && source?.columns(series)
    if (series === undefined || columns === undefined || source === undefined) continue
    for (let row = 0; row < source.tier.rows; row++) {
      const fields = fieldsOf(series, columns, row)
      const at = stage.place + row * source.tier.stepMs
      const { measurement, tags } = series
      if (fields !== undefined) points.push({ measurement, at, tags, fields })
    }
  }
  source?.close()
  return id
}

function eventsOfDay(store: LocalStore, place: number): readonly Point[] {
  const digits = String(place)
  const day = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`
  return store.events.read(`${day}.ndjson`)
}

/** Fields under their own names, so that what is imported looks like what was written. */
function fieldsOf(
  { measurement }: Series,
  columns: Columns,
  row: number,
): Record<string, FieldValue> | undefined {
  const fields: Record<string, FieldValue> = {}
  let count = 0
  for (const [index, { field, part }] of slotsOf(measurement).entries()) {
    const value = columns[index]?.[row]
    if (part === 'count' || value === undefined || Number.isNaN(value)) continue
    if (fields[field] !== undefined) continue
    fields[field] = value
    count++
  }
  return count === 0 ? undefined : fields
}

function readCursor(cursor: string | undefined): Stage & { readonly series: number } {
  if (cursor === undefined) return { rank: 0, place: 0, series: 0 }
  const match = /^([012])\.(\d{1,16})\.(\d{1,9})$/.exec(cursor)
  if (match === null) {
    throw new ServiceError('api.bad-request', `not a cursor of an export: ${cursor.slice(0, 40)}`)
  }
  const [, rank, place, series] = match
  return { rank: Number(rank) as Stage['rank'], place: Number(place), series: Number(series) }
}
