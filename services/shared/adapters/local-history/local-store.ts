import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as afterOthers } from 'node:timers/promises'
import type { Point } from '../../domain/point.ts'
import { BlockStore, blockMs, blockStart, COARSE, DAILY, FINE, type Tier } from './block-store.ts'
import { decodeColumns, encodeColumns } from './column-codec.ts'
import { type Columns, foldRow, type OpenColumns } from './columns.ts'
import { EventFiles } from './event-files.ts'
import { HeadBlocks } from './head-blocks.ts'
import { type Series, SeriesBook } from './series-book.ts'
import { slotsOf } from './slots.ts'

/** How much is kept. */
export interface LocalBounds {
  /** Bytes of everything; the oldest goes first. */
  readonly maxBytes: number
  /** Steps of ten seconds, in milliseconds. */
  readonly fineMs: number
  /** Steps of a minute, and events. */
  readonly coarseMs: number
  readonly maxSeries: number
}

/** A stretch of time that can be read, in memory or on disk. */
export interface Source {
  readonly tier: Tier
  readonly startMs: number
  columns(series: Series): Columns | undefined
  close(): void
}

/** Other work gets its turn after so many series. */
const SERIES_A_TURN = 64
/** A block is written when its time has been over for so long. */
const GRACE_MS = 30_000
/** Blocks that the disk does not take; then the oldest goes. */
const MOST_HEADS = 12
const EVENT_SHARE = 0.05

/** The files of a local history, and which of them tells what. */
export class LocalStore {
  readonly book: SeriesBook
  readonly events: EventFiles
  readonly heads: HeadBlocks
  readonly fine: BlockStore
  readonly coarse: BlockStore
  /** Tells nothing that `coarse` does not; it is kept as long as anything of its day is there. */
  readonly daily: BlockStore
  readonly #bounds: LocalBounds
  /** Nothing older than this is taken: its block has been written. */
  closedBefore = 0

  /** Throws what the file system says of the folder. */
  constructor(dir: string, bounds: LocalBounds) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    this.#bounds = bounds
    this.book = new SeriesBook(join(dir, 'series.ndjson'), bounds.maxSeries)
    this.events = new EventFiles(join(dir, 'events'), bounds.maxBytes * EVENT_SHARE)
    this.heads = new HeadBlocks(join(dir, 'head'), this.book)
    this.fine = new BlockStore(join(dir, FINE.name), FINE)
    this.coarse = new BlockStore(join(dir, COARSE.name), COARSE)
    this.daily = new BlockStore(join(dir, DAILY.name), DAILY)
  }

  get bytes(): number {
    const blocks = this.fine.bytes + this.coarse.bytes + this.daily.bytes
    return blocks + this.events.bytes + this.heads.bytes
  }

  async recover(): Promise<void> {
    const written = [...this.fine.starts(), ...this.coarse.starts().map(lastFineOf)]
    this.closedBefore = Math.max(0, ...written.map((start) => start + blockMs(FINE)))
    await this.heads.recover((start) => start < this.closedBefore)
  }

  /** Writes what is over, rolls it up, and lets the oldest go. Returns how many points it lost. */
  async roll(newestMs: number): Promise<number> {
    const due = this.heads.starts().filter((start) => start + blockMs(FINE) + GRACE_MS <= newestMs)
    let lost = 0
    for (const start of due) {
      try {
        await this.#closeBlock(start)
      } catch (error) {
        if (this.heads.starts().length <= MOST_HEADS) throw error
        lost += this.heads.series(start).length
        this.heads.drop(start)
      }
    }
    if (due.length === 0) return lost
    await this.#rollUp(this.fine, this.coarse)
    await this.#rollUp(this.coarse, this.daily)
    this.#prune(newestMs)
    return lost
  }

  /** What tells of the time between two moments best, in steps of about `stepMs`; no overlap. */
  sources(fromMs: number, toMs: number, stepMs: number): readonly (() => Source | undefined)[] {
    const days = stepMs % DAILY.stepMs === 0 ? this.daily.between(fromMs, toMs) : []
    const inDays = new Set(days)
    const isLeft = (start: number) => !inDays.has(blockStart(DAILY, start))
    const coarse = this.coarse.between(fromMs, toMs).filter(isLeft)
    const fine = this.fine.between(fromMs, toMs).filter(isLeft)
    const fineHours = new Set(fine.map((start) => blockStart(COARSE, start)))
    const isCoarseEnough = stepMs % COARSE.stepMs === 0
    const used = new Set(coarse.filter((hour) => isCoarseEnough || !fineHours.has(hour)))
    const rest = fine.filter((start) => !used.has(blockStart(COARSE, start)))
    const heads = this.heads
      .starts()
      .filter((start) => start < toMs && start + blockMs(FINE) > fromMs)
    return [
      ...days.map((start) => () => this.#stored(this.daily, start)),
      ...[...used].map((start) => () => this.#stored(this.coarse, start)),
      ...rest.map((start) => () => this.#stored(this.fine, start)),
      ...heads.map((start) => () => this.headSource(start)),
    ]
  }

  headSource(startMs: number): Source {
    return {
      tier: FINE,
      startMs,
      columns: ({ id }) => this.heads.columns(startMs, id),
      close: () => undefined,
    }
  }

  #stored(store: BlockStore, startMs: number): Source | undefined {
    const block = store.open(startMs)
    if (block === undefined) return undefined
    const { rows } = store.tier
    return {
      tier: store.tier,
      startMs,
      columns({ id, measurement }) {
        const chunk = block.chunk(id)
        return chunk && decodeOrNothing(chunk, slotsOf(measurement).length, rows)
      },
      close: block.close,
    }
  }

  /** Any block by its tier, for whoever reads everything. */
  sourceAt(tier: Tier, startMs: number): Source | undefined {
    if (tier === COARSE) return this.#stored(this.coarse, startMs)
    if (this.fine.has(startMs)) return this.#stored(this.fine, startMs)
    return this.heads.starts().includes(startMs) ? this.headSource(startMs) : undefined
  }

  async #closeBlock(startMs: number): Promise<void> {
    this.closedBefore = Math.max(this.closedBefore, startMs + blockMs(FINE))
    const chunks = new Map<number, Buffer>()
    for (const [index, id] of this.heads.series(startMs).entries()) {
      const series = this.book.byId(id)
      const columns = this.heads.columns(startMs, id)
      if (series === undefined || columns === undefined) continue
      chunks.set(id, encodeColumns(columns, slotsOf(series.measurement), FINE.rows))
      if (index % SERIES_A_TURN === 0) await afterOthers()
    }
    this.fine.write(startMs, chunks)
    this.heads.drop(startMs)
  }

  /** Makes the blocks of a coarser tier whose time is over and that are not there yet. */
  async #rollUp(from: BlockStore, to: BlockStore): Promise<void> {
    for (const start of new Set(from.starts().map((one) => blockStart(to.tier, one)))) {
      const isOver = start + blockMs(to.tier) <= this.closedBefore
      if (isOver && !to.has(start)) await this.#rollUpBlock(from, to, start)
    }
  }

  async #rollUpBlock(from: BlockStore, to: BlockStore, start: number): Promise<void> {
    const sources = from
      .between(start, start + blockMs(to.tier))
      .map((one) => this.#stored(from, one))
      .filter((source) => source !== undefined)
    const chunks = new Map<number, Buffer>()
    try {
      for (let id = 0; id < this.book.size; id++) {
        const series = this.book.byId(id)
        const columns = series && foldSources(series, sources, start, to.tier)
        if (series === undefined || columns === undefined) continue
        chunks.set(id, encodeColumns(columns, slotsOf(series.measurement), to.tier.rows))
        if (id % SERIES_A_TURN === 0) await afterOthers()
      }
    } finally {
      for (const source of sources) source.close()
    }
    to.write(start, chunks)
  }

  #prune(newestMs: number): void {
    const { fineMs, coarseMs, maxBytes } = this.#bounds
    for (const start of this.fine.starts()) {
      const hour = blockStart(COARSE, start)
      const isOld = hour + blockMs(COARSE) + fineMs <= newestMs
      if (isOld && this.coarse.has(hour)) this.fine.remove(start)
    }
    for (const hour of this.coarse.starts()) {
      if (hour + blockMs(COARSE) + coarseMs <= newestMs) this.#removeHour(hour)
    }
    this.events.dropBefore(newestMs - coarseMs)
    while (this.bytes > maxBytes && this.#dropOldest());
  }

  /** The oldest block of either tier; false when only the present is left. */
  #dropOldest(): boolean {
    const [fine = Number.POSITIVE_INFINITY] = this.fine.starts()
    const [coarse = Number.POSITIVE_INFINITY] = this.coarse.starts()
    if (coarse <= fine && coarse < Number.POSITIVE_INFINITY) this.#removeHour(coarse)
    else if (fine < Number.POSITIVE_INFINITY) this.fine.remove(fine)
    else return false
    return true
  }

  /** With the last hour of a day goes its day. */
  #removeHour(hour: number): void {
    this.coarse.remove(hour)
    const day = blockStart(DAILY, hour)
    const isEmpty = this.coarse.between(day, day + blockMs(DAILY)).length === 0
    if (isEmpty && this.daily.has(day)) this.daily.remove(day)
  }

  /** Numbers for the new series of these points, which are then in memory and in the log. */
  async keep(samples: readonly Point[], events: readonly Point[]): Promise<void> {
    this.book.save()
    if (samples.length > 0) await this.heads.log(samples)
    if (events.length > 0) this.events.append(events)
  }
}

function lastFineOf(hour: number): number {
  return hour + blockMs(COARSE) - blockMs(FINE)
}

function foldSources(
  series: Series,
  sources: readonly Source[],
  startMs: number,
  to: Tier,
): Columns | undefined {
  const folded: OpenColumns = []
  for (const source of sources) {
    const { tier } = source
    const columns = source.columns(series)
    if (columns === undefined) continue
    for (let row = 0; row < tier.rows; row++) {
      const at = source.startMs + row * tier.stepMs
      const target = Math.floor((at - startMs) / to.stepMs)
      foldRow(folded, series.measurement, to.rows, target, columns, row)
    }
  }
  return folded.length === 0 ? undefined : folded
}

function decodeOrNothing(chunk: Buffer, slots: number, rows: number): Columns | undefined {
  try {
    return decodeColumns(chunk, slots, rows)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
