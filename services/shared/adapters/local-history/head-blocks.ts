import { mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { Point } from '../../domain/point.ts'
import { appendWhole, decodeFrame, encodeFrame, frameBytes, readFrames } from '../frame-file.ts'
import { blockStart, FINE } from './block-store.ts'
import { addSample, type Columns, type OpenColumns } from './columns.ts'
import type { Series, SeriesBook } from './series-book.ts'

const WAL_NAME = /^(\d{13,16})\.wal$/

interface HeadBlock {
  readonly columns: Map<number, OpenColumns>
  walBytes: number
}

/**
 * The youngest blocks, in memory. Each has a file of the batches that went into it, from which it
 * is made again after a crash.
 */
export class HeadBlocks {
  readonly #dir: string
  readonly #book: SeriesBook
  readonly #blocks = new Map<number, HeadBlock>()

  /** Throws what the file system says of the folder. */
  constructor(dir: string, book: SeriesBook) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    this.#dir = dir
    this.#book = book
  }

  /** Reads what an earlier process left; `isDone` says which blocks have been written meanwhile. */
  async recover(isDone: (startMs: number) => boolean): Promise<void> {
    for (const name of readdirSync(this.#dir).sort()) {
      const start = Number(WAL_NAME.exec(name)?.[1])
      const path = join(this.#dir, name)
      if (Number.isNaN(start)) continue
      if (isDone(start)) {
        rmSync(path, { force: true })
        continue
      }
      const frames = readFrames(path)
      const whole = frames.reduce((sum, frame) => sum + frameBytes(frame), 0)
      // What was half written must not stand between these and those to come.
      if (statSync(path).size > whole) truncateSync(path, whole)
      for (const frame of frames) {
        for (const point of (await decodeFrame(frame)) ?? []) {
          const series = this.#book.of(point)
          if (series !== undefined) this.add(point, series)
        }
      }
      this.#block(start).walBytes = whole
    }
  }

  get bytes(): number {
    return [...this.#blocks.values()].reduce((sum, { walBytes }) => sum + walBytes, 0)
  }

  /** Oldest first. */
  starts(): readonly number[] {
    return [...this.#blocks.keys()].sort((one, other) => one - other)
  }

  add({ at, fields }: Point, { id, measurement }: Series): void {
    const start = blockStart(FINE, at)
    const { columns } = this.#block(start)
    let own = columns.get(id)
    if (own === undefined) {
      own = []
      columns.set(id, own)
    }
    const row = Math.floor((at - start) / FINE.stepMs)
    addSample(own, measurement, FINE.rows, row, fields)
  }

  /** Throws what the file system says when it does not take them. */
  async log(points: readonly Point[]): Promise<void> {
    const byBlock = new Map<number, Point[]>()
    for (const point of points) {
      const start = blockStart(FINE, point.at)
      const own = byBlock.get(start)
      if (own === undefined) byBlock.set(start, [point])
      else own.push(point)
    }
    for (const [start, own] of byBlock) {
      const frame = await encodeFrame(own)
      const block = this.#block(start)
      appendWhole(this.#walPath(start), frame, block.walBytes)
      block.walBytes += frame.length
    }
  }

  columns(startMs: number, series: number): Columns | undefined {
    return this.#blocks.get(startMs)?.columns.get(series)
  }

  /** Numbers of the series that a block has. */
  series(startMs: number): readonly number[] {
    return [...(this.#blocks.get(startMs)?.columns.keys() ?? [])]
  }

  drop(startMs: number): void {
    this.#blocks.delete(startMs)
    rmSync(this.#walPath(startMs), { force: true })
  }

  #block(startMs: number): HeadBlock {
    let block = this.#blocks.get(startMs)
    if (block === undefined) {
      block = { columns: new Map(), walBytes: 0 }
      this.#blocks.set(startMs, block)
    }
    return block
  }

  #walPath(startMs: number): string {
    return join(this.#dir, `${String(startMs).padStart(13, '0')}.wal`)
  }
}
