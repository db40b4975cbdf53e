import { join } from 'node:path'
import { setImmediate as afterOthers } from 'node:timers/promises'
import { measurementSpec } from '../../domain/measurements.ts'
import type { Point } from '../../domain/point.ts'
import { sanitisePoint } from '../../domain/sanitise-point.ts'
import type { Clock } from '../../ports/clock.ts'
import type { History, HistoryQuery, HistorySeries } from '../../ports/history.ts'
import { type Logger, silentLogger } from '../../runtime/logger.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { checkQuery } from '../history-query-rules.ts'
import { foldRow, type OpenColumns } from './columns.ts'
import { exportFrom } from './export-pages.ts'
import { type LocalBounds, LocalStore, type Source } from './local-store.ts'
import type { Series } from './series-book.ts'
import { slotIndex } from './slots.ts'

/** Where a local history is and how much of it is kept. */
export interface LocalHistoryOptions extends Partial<LocalBounds> {
  readonly stateDir: string
  readonly logger?: Logger
}

const DAY_MS = 86_400_000
const DEFAULT_BOUNDS: LocalBounds = {
  maxBytes: 500_000_000,
  fineMs: DAY_MS,
  coarseMs: 30 * DAY_MS,
  maxSeries: 100_000,
}
const KEEP_EVERY_MS = 1000
/** A point from further ahead comes from a clock that is wrong. */
const FUTURE_MS = 60_000
const BLOCKS_A_TURN = 16

/**
 * History in files of this machine: steps of ten seconds for a day, of a minute for a month, within
 * a bound of bytes. Throws a `ServiceError` `state.unusable` when the folder cannot be used.
 */
export async function openLocalHistory(
  options: LocalHistoryOptions,
  clock: Clock,
): Promise<History> {
  const bounds = { ...DEFAULT_BOUNDS, ...options }
  const dir = join(options.stateDir, 'history')
  try {
    const store = new LocalStore(dir, bounds)
    await store.recover()
    return new LocalHistory(store, clock, options.logger ?? silentLogger)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot keep history in ${dir}: ${reason}`
    throw new ServiceError('state.unusable', message, { cause: error })
  }
}

class LocalHistory implements History {
  readonly name = 'local'
  readonly #store: LocalStore
  readonly #clock: Clock
  readonly #logger: Logger
  #samples: Point[] = []
  #events: Point[] = []
  #working: Promise<void> = Promise.resolve()
  #cancelTimer: (() => void) | undefined
  #newestMs = 0
  #taken = 0
  #written = 0
  readonly #dropped: Record<string, number> = {}
  #problem: string | undefined
  #lastWriteMs: number | undefined

  constructor(store: LocalStore, clock: Clock, logger: Logger) {
    this.#store = store
    this.#clock = clock
    this.#logger = logger
  }

  write(points: readonly Point[]): void {
    const latest = this.#clock.now() + FUTURE_MS
    this.#taken += points.length
    for (const point of points) {
      const sane = sanitisePoint(point)
      if (sane === undefined) continue
      if (measurementSpec(sane.measurement).kind === 'event') this.#events.push(sane)
      else this.#take(sane, latest)
    }
    this.#cancelTimer ??= this.#clock.after(KEEP_EVERY_MS, () => void this.flush())
  }

  flush(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#working = this.#working.then(() => this.#keep())
    return this.#working
  }

  async query(query: HistoryQuery): Promise<readonly HistorySeries[]> {
    checkQuery(query)
    const { measurement, where, stepMs } = query
    const fromMs = Math.floor(query.fromMs / stepMs) * stepMs
    const toMs = Math.ceil(query.toMs / stepMs) * stepMs
    const groups = groupsOf(this.#store.book.find(measurement, where), query.groupBy)
    const span = { fromMs, toMs, stepMs }
    const sources = this.#store.sources(fromMs, toMs, stepMs)
    for (const [index, open] of sources.entries()) {
      const source = open()
      if (source === undefined) continue
      for (const group of groups) foldSource(group, source, span)
      source.close()
      if (index % BLOCKS_A_TURN === 0) await afterOthers()
    }
    return groups.map((group) => seriesOf(group, query, span)).filter(({ rows }) => rows.length > 0)
  }

  async events(query: Parameters<History['events']>[0]) {
    return this.#store.events.find(query)
  }

  async exportPage(cursor: string | undefined) {
    return exportFrom(this.#store, cursor)
  }

  statistics() {
    return {
      taken: this.#taken,
      written: this.#written,
      dropped: { ...this.#dropped },
      waiting: this.#samples.length + this.#events.length,
      diskBytes: this.#store.bytes,
      series: this.#store.book.size,
      ...(this.#lastWriteMs !== undefined && { lastWriteMs: this.#lastWriteMs }),
      ...(this.#problem !== undefined && { problem: this.#problem }),
    }
  }

  async close(): Promise<void> {
    await this.flush()
    this.#cancelTimer?.()
  }

  #take(point: Point, latest: number): void {
    if (point.at > latest || point.at < this.#store.closedBefore) {
      this.#drop('late', 1)
      return
    }
    const series = this.#store.book.of(point)
    if (series === undefined) {
      this.#drop('too-many-series', 1)
      return
    }
    this.#store.heads.add(point, series)
    this.#samples.push(point)
    this.#newestMs = Math.max(this.#newestMs, point.at)
  }

  /** What the disk does not take stays in memory until its block is written whole. */
  async #keep(): Promise<void> {
    const samples = this.#samples
    const events = this.#events
    const startedMs = this.#clock.monotonic()
    this.#samples = []
    this.#events = []
    try {
      await this.#store.keep(samples, events)
      this.#written += samples.length + events.length
      this.#drop('no-room', await this.#store.roll(this.#newestMs))
      this.#problem = undefined
      this.#lastWriteMs = this.#clock.monotonic() - startedMs
    } catch (error) {
      const message = `history cannot be written: ${error instanceof Error ? error.message : error}`
      if (this.#problem !== message) this.#logger.error({ error }, 'history cannot be written')
      this.#problem = message
    }
  }

  #drop(why: string, points: number): void {
    if (points > 0) this.#dropped[why] = (this.#dropped[why] ?? 0) + points
  }
}

interface Group {
  readonly tags: Readonly<Record<string, string>>
  readonly members: Series[]
  readonly columns: OpenColumns
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
  readonly stepMs: number
}

function groupsOf(series: readonly Series[], groupBy: readonly string[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const one of series) {
    const values = groupBy.map((tag) => one.tags[tag] ?? '')
    const key = values.join('\u0000')
    let group = groups.get(key)
    if (group === undefined) {
      const tags = Object.fromEntries(groupBy.map((tag, index) => [tag, values[index] ?? '']))
      group = { tags, members: [], columns: [] }
      groups.set(key, group)
    }
    group.members.push(one)
  }
  return [...groups.values()]
}

function foldSource({ members, columns }: Group, source: Source, span: Span): void {
  const { fromMs, toMs, stepMs } = span
  const windows = (toMs - fromMs) / stepMs
  const { tier, startMs } = source
  for (const series of members) {
    const own = source.columns(series)
    if (own === undefined) continue
    for (let row = 0; row < tier.rows; row++) {
      const window = Math.floor((startMs + row * tier.stepMs - fromMs) / stepMs)
      if (window < 0 || window >= windows) continue
      foldRow(columns, series.measurement, windows, window, own, row)
    }
  }
}

function seriesOf(group: Group, query: HistoryQuery, { fromMs, toMs, stepMs }: Span) {
  const wanted = query.fields.map(({ field, by }) => slotIndex(query.measurement, field, by))
  const rows: { at: number; values: (number | null)[] }[] = []
  for (let window = 0; window < (toMs - fromMs) / stepMs; window++) {
    const values = wanted.map((slot) => {
      const value = group.columns[slot]?.[window]
      return value === undefined || Number.isNaN(value) ? null : value
    })
    if (values.some((value) => value !== null)) rows.push({ at: fromMs + window * stepMs, values })
  }
  return { tags: group.tags, rows }
}
