import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Point } from '../../domain/point.ts'
import { appendWhole, decodeFrame, encodeFrame, type Frame, readFrames } from '../frame-file.ts'

/** What is in it, and what was given up. */
export interface SpoolStatistics {
  readonly points: number
  readonly bytes: number
  /** Points that had to go for newer ones, and those that were unreadable. */
  readonly lost: number
}

interface Segment {
  readonly path: string
  bytes: number
  points: number
}

const SEGMENT_BYTES = 2 * 1024 * 1024
const SEGMENT_NAME = /^\d{12}\.spool$/

/**
 * Batches of points that wait on disk, oldest first, within a bound. What an earlier process left
 * in the folder comes first; a batch that was half written is dropped, a damaged one ends its file.
 */
export class Spool {
  readonly #dir: string
  readonly #maxBytes: number
  readonly #segments: Segment[]
  #nextNumber: number
  #reading: { segment: Segment; frames: Frame[] } | undefined
  #isTailOurs = false
  #lost = 0

  /** Throws what the file system says when the folder cannot be used. */
  constructor(dir: string, maxBytes: number) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    this.#dir = dir
    this.#maxBytes = maxBytes
    this.#segments = findSegments(dir)
    this.#nextNumber = numberOf(this.#segments.at(-1)) + 1
  }

  /**
   * Resolves when the batch is on disk; the oldest go when there is no room. Throws what the file
   * system says when it does not take it.
   */
  async append(points: readonly Point[]): Promise<void> {
    const frame = await encodeFrame(points)
    this.#makeRoom(frame.length)
    const segment = this.#tail()
    appendWhole(segment.path, frame, segment.bytes)
    segment.bytes += frame.length
    segment.points += points.length
  }

  /** The oldest batch; the same until `drop`. */
  async oldest(): Promise<readonly Point[] | undefined> {
    for (let frame = this.#head(); frame !== undefined; frame = this.#head()) {
      const points = await decodeFrame(frame)
      if (points !== undefined) return points
      this.#lost += frame.points
      this.drop()
    }
    return undefined
  }

  /** The oldest batch has been written elsewhere. */
  drop(): void {
    const frame = this.#reading?.frames.shift()
    if (frame === undefined || this.#reading === undefined) return
    const { segment, frames } = this.#reading
    segment.points -= frame.points
    if (frames.length === 0) this.#forgetOldest()
  }

  statistics(): SpoolStatistics {
    return { ...total(this.#segments), lost: this.#lost }
  }

  #makeRoom(bytes: number): void {
    while (this.#segments.length > 0 && total(this.#segments).bytes + bytes > this.#maxBytes) {
      this.#forgetOldest()
    }
  }

  /** Points that are still in it are lost. */
  #forgetOldest(): void {
    const segment = this.#segments.shift()
    if (segment === undefined) return
    if (this.#segments.length === 0) this.#isTailOurs = false
    if (this.#reading?.segment === segment) this.#reading = undefined
    this.#lost += segment.points
    rmSync(segment.path, { force: true })
  }

  /** The last file is only continued by the process that began it, and not while it is read. */
  #tail(): Segment {
    const last = this.#segments.at(-1)
    const isOpen =
      this.#isTailOurs && last !== undefined && last.bytes < segmentBytes(this.#maxBytes)
    if (isOpen && this.#reading?.segment !== last) return last
    const path = join(this.#dir, `${String(this.#nextNumber++).padStart(12, '0')}.spool`)
    const segment: Segment = { path, bytes: 0, points: 0 }
    this.#segments.push(segment)
    this.#isTailOurs = true
    return segment
  }

  #head(): Frame | undefined {
    while (this.#segments.length > 0) {
      const [segment] = this.#segments
      if (segment === undefined) return undefined
      if (this.#reading?.segment !== segment) {
        this.#reading = { segment, frames: readFrames(segment.path) }
      }
      const [frame] = this.#reading.frames
      if (frame !== undefined) return frame
      this.#forgetOldest()
    }
    return undefined
  }
}

/** At least eight files, so that making room gives up little at a time. */
function segmentBytes(maxBytes: number): number {
  return Math.min(SEGMENT_BYTES, maxBytes / 8)
}

function total(segments: readonly Segment[]): { points: number; bytes: number } {
  let points = 0
  let bytes = 0
  for (const segment of segments) {
    points += segment.points
    bytes += segment.bytes
  }
  return { points, bytes }
}

function findSegments(dir: string): Segment[] {
  const names = readdirSync(dir).filter((name) => SEGMENT_NAME.test(name))
  return names.sort().map((name) => {
    const path = join(dir, name)
    const segment = { path, bytes: statSync(path).size, points: 0 }
    segment.points = readFrames(segment.path).reduce((sum, { points }) => sum + points, 0)
    return segment
  })
}

function numberOf(segment: Segment | undefined): number {
  return segment === undefined ? 0 : Number(/(\d{12})\.spool$/.exec(segment.path)?.[1] ?? 0)
}
