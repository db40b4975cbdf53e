import { appendFileSync, readFileSync, truncateSync } from 'node:fs'
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, inflateRaw } from 'node:zlib'
import type { Point } from '../domain/point.ts'

/** A batch of points as it stands in a file. */
export interface Frame {
  readonly body: Buffer
  readonly points: number
}

const compress = promisify(deflateRaw)
const expand = promisify(inflateRaw)

/** Length, checksum and number of points, 4 bytes each. */
const HEAD_BYTES = 12
/** A batch is never near this: such a length is damage. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024

/** A batch as bytes to append to a file: a head, and its points as deflated JSON. */
export async function encodeFrame(points: readonly Point[]): Promise<Buffer> {
  const body = await compress(JSON.stringify(points), { level: constants.Z_BEST_SPEED })
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(body.length, 0)
  head.writeUInt32LE(crc32(body), 4)
  head.writeUInt32LE(points.length, 8)
  return Buffer.concat([head, body])
}

/**
 * Appends to a file of `size` bytes, all or nothing: a disk that becomes full under it leaves no
 * half frame that would hide those after it. Throws what the file system says.
 */
export function appendWhole(path: string, bytes: Uint8Array | string, size: number): void {
  try {
    appendFileSync(path, bytes, { mode: 0o600 })
  } catch (error) {
    try {
      truncateSync(path, size)
    } catch {
      // It was not even made.
    }
    throw error
  }
}

/**
 * What is whole in a file, from its beginning: what was half written, or is damaged, ends it. A
 * file that cannot be read has nothing.
 */
export function readFrames(path: string): Frame[] {
  const frames: Frame[] = []
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    return frames
  }
  let at = 0
  while (at + HEAD_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(at)
    const body = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length)
    if (length > MAX_FRAME_BYTES || body.length < length) break
    if (crc32(body) !== bytes.readUInt32LE(at + 4)) break
    frames.push({ body, points: bytes.readUInt32LE(at + 8) })
    at += HEAD_BYTES + length
  }
  return frames
}

/** What a frame takes in its file. */
export function frameBytes({ body }: Frame): number {
  return HEAD_BYTES + body.length
}

/** What passes its checksum and is no batch all the same was written by another version. */
export async function decodeFrame({ body }: Frame): Promise<readonly Point[] | undefined> {
  try {
    const value: unknown = JSON.parse((await expand(body)).toString('utf8'))
    return Array.isArray(value) ? (value as readonly Point[]) : undefined
  } catch {
    return undefined
  }
}
