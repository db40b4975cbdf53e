import { closeSync, fsyncSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { ServiceError } from '../../runtime/service-error.ts'

/** What a block covers. */
export interface BlockHead {
  /** Begin of its first row, milliseconds since the epoch. */
  readonly startMs: number
  readonly stepMs: number
  readonly rows: number
}

/** One file of a block: its head, where each series begins, and their columns. */
const MAGIC = 'LVSH1\n'
const HEAD_BYTES = 32

/**
 * Writes a block; `chunks` by the number of their series. It is there whole or not at all. Throws
 * what the file system says.
 */
export function writeBlock(
  path: string,
  { startMs, stepMs, rows }: BlockHead,
  chunks: ReadonlyMap<number, Buffer>,
): number {
  const last = Math.max(-1, ...chunks.keys())
  const head = Buffer.alloc(HEAD_BYTES + (last + 2) * 4)
  head.write(MAGIC, 0, 'latin1')
  head.writeDoubleLE(startMs, 8)
  head.writeUInt32LE(stepMs, 16)
  head.writeUInt32LE(rows, 20)
  head.writeUInt32LE(last + 1, 24)
  const parts: Buffer[] = [head]
  let at = head.length
  for (let series = 0; series <= last + 1; series++) {
    head.writeUInt32LE(at, HEAD_BYTES + series * 4)
    const chunk = chunks.get(series)
    if (chunk === undefined) continue
    parts.push(chunk)
    at += chunk.length
  }
  const half = `${path}.half`
  const file = openSync(half, 'w', 0o600)
  try {
    writeSync(file, Buffer.concat(parts))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(half, path)
  return at
}

/** A block on disk, open for reading. */
export interface BlockReader {
  readonly head: BlockHead
  /** Numbers of series go up to here, not included. */
  readonly seriesEnd: number
  /** The columns of a series as bytes; `undefined` when it has none here. */
  chunk(series: number): Buffer | undefined
  close(): void
}

/** Opens a block. Throws what the file system says, and `history.damaged` for what is none. */
export function openBlock(path: string): BlockReader {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(HEAD_BYTES)
    const isWhole = readSync(file, bytes, 0, HEAD_BYTES, 0) === HEAD_BYTES
    if (!isWhole || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) {
      throw new ServiceError('history.damaged', `${path} is not a block of history`)
    }
    const seriesEnd = bytes.readUInt32LE(24)
    const head = {
      startMs: bytes.readDoubleLE(8),
      stepMs: bytes.readUInt32LE(16),
      rows: bytes.readUInt32LE(20),
    }
    return {
      head,
      seriesEnd,
      chunk: (series) => (series < seriesEnd ? readChunk(file, series) : undefined),
      close: () => closeSync(file),
    }
  } catch (error) {
    closeSync(file)
    throw error
  }
}

const place = Buffer.alloc(8)

/** Two reads: where it stands, and the bytes. What lies outside of the file is not there. */
function readChunk(file: number, series: number): Buffer | undefined {
  if (readSync(file, place, 0, 8, HEAD_BYTES + series * 4) !== 8) return undefined
  const begin = place.readUInt32LE(0)
  const length = place.readUInt32LE(4) - begin
  if (length <= 0) return undefined
  const chunk = Buffer.allocUnsafe(length)
  return readSync(file, chunk, 0, length, begin) === length ? chunk : undefined
}
