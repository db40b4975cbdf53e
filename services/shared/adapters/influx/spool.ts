import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Point } from '../../domain/point.ts'
import { decodeFrame, encodeFrame, type Frame, readFrames } from '../frame-file.ts'

/** Batches of points that wait on disk, oldest first, within a bound. */
export interface Spool {
  /**
   * Resolves when the batch is on disk; the oldest go when there is no room. Throws what the file
   * system says when it does not take it.
   */
  append(points: readonly Point[]): Promise<void>
  /** The oldest batch; the same until `drop`. */
  oldest(): Promise<readonly Point[] | undefined>
  /** The oldest batch has been written elsewhere. */
  drop(): void
  statistics(): SpoolStatistics
}

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
 * Opens the spool in a folder, with what an earlier process left there. A batch that was half
 * written is dropped; one that is damaged ends its file. Throws what the file system says when the
 * folder cannot be used.
 */
export function openSpool(dir: string, maxBytes: number): Spool {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const segments = findSegments(dir)
  let nextNumber = numberOf(segments.at(-1)) + 1
  let reading: { segment: Segment; frames: Frame[] } | undefined
  let isTailOurs = false
  let lost = 0

  function forget(segment: Segment, points: number): void {
    lost += points
    rmSync(segment.path, { force: true })
    if (reading?.segment === segment) reading = undefined
  }

  function makeRoom(bytes: number): void {
    while (segments.length > 0 && total(segments).bytes + bytes > maxBytes) {
      const oldest = segments.shift()
      if (oldest === undefined) return
      if (segments.length === 0) isTailOurs = false
      forget(oldest, oldest.points)
    }
  }

  /** The last file is only continued by the process that began it, and not while it is read. */
  function tail(): Segment {
    const last = segments.at(-1)
    const isOpen = isTailOurs && last !== undefined && last.bytes < segmentBytes(maxBytes)
    if (isOpen && reading?.segment !== last) return last
    const path = join(dir, `${String(nextNumber++).padStart(12, '0')}.spool`)
    const segment: Segment = { path, bytes: 0, points: 0 }
    segments.push(segment)
    isTailOurs = true
    return segment
  }

  function head(): Frame | undefined {
    while (segments.length > 0) {
      const [segment] = segments
      if (segment === undefined) return undefined
      if (reading?.segment !== segment) reading = { segment, frames: readFrames(segment.path) }
      const [frame] = reading.frames
      if (frame !== undefined) return frame
      segments.shift()
      forget(segment, segment.points)
    }
    return undefined
  }

  return {
    async append(points) {
      const frame = await encodeFrame(points)
      makeRoom(frame.length)
      const segment = tail()
      appendFileSync(segment.path, frame, { mode: 0o600 })
      segment.bytes += frame.length
      segment.points += points.length
    },
    async oldest() {
      for (let frame = head(); frame !== undefined; frame = head()) {
        const points = await decodeFrame(frame)
        if (points !== undefined) return points
        lost += frame.points
        this.drop()
      }
      return undefined
    },
    drop() {
      const frame = reading?.frames.shift()
      if (frame === undefined || reading === undefined) return
      const { segment } = reading
      segment.points -= frame.points
      if (reading.frames.length > 0) return
      segments.shift()
      forget(segment, segment.points)
    },
    statistics: () => ({ ...total(segments), lost }),
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
