import type { Columns } from './columns.ts'

/** How a column is written; the first byte of each. */
const KIND = {
  /** No number at all. */
  empty: 0,
  /** One number for every row that has one. */
  constant: 1,
  /** Differences of whole numbers, after scaling by a power of ten. */
  deltas: 2,
} as const

/** Added to a kind: a bitmap says which rows have a number; without it all have. */
const WITH_GAPS = 0x10
/** More digits than this nobody can read off a chart. */
const DIGITS = 6
const MOST_DECIMALS = 3
const LARGEST_EXACT = Number.MAX_SAFE_INTEGER / 4

/** Grows as bytes are added. */
class ByteSink {
  #bytes = Buffer.allocUnsafe(1024)
  length = 0

  byte(value: number): void {
    this.#grow(1)
    this.#bytes[this.length++] = value
  }

  double(value: number): void {
    this.#grow(8)
    this.length = this.#bytes.writeDoubleLE(value, this.length)
  }

  /** Whole and not negative: seven bits a byte, the lowest first. */
  varint(value: number): void {
    this.#grow(8)
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.length++] = rest
  }

  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.length))
  }

  #grow(more: number): void {
    if (this.length + more <= this.#bytes.length) return
    const next = Buffer.allocUnsafe(this.#bytes.length * 2)
    this.#bytes.copy(next)
    this.#bytes = next
  }
}

/** Writes the columns of one series, a few bytes for those that hardly change. */
export function encodeColumns(columns: Columns, slots: number, rows: number): Buffer {
  const sink = new ByteSink()
  for (let index = 0; index < slots; index++) encodeColumn(sink, columns[index], rows)
  return sink.take()
}

/**
 * Reads what `encodeColumns` wrote. Throws a `RangeError` for bytes that it cannot have written.
 */
export function decodeColumns(bytes: Buffer, slots: number, rows: number): Columns {
  const reader = new ByteReader(bytes)
  const columns: (Float64Array | undefined)[] = []
  for (let index = 0; index < slots; index++) columns.push(decodeColumn(reader, rows))
  return columns
}

function encodeColumn(sink: ByteSink, column: Float64Array | undefined, rows: number): void {
  let present = 0
  let isConstant = true
  let largest = 0
  let isWhole = true
  let first = Number.NaN
  for (let row = 0; row < rows; row++) {
    const value = column?.[row] ?? Number.NaN
    if (Number.isNaN(value)) continue
    if (present++ === 0) first = value
    else if (value !== first) isConstant = false
    if (!Number.isInteger(value)) isWhole = false
    largest = Math.max(largest, Math.abs(value))
  }
  if (column === undefined || present === 0) {
    sink.byte(KIND.empty)
    return
  }
  const gaps = present < rows ? WITH_GAPS : 0
  sink.byte((isConstant ? KIND.constant : KIND.deltas) | gaps)
  if (gaps > 0) encodeBitmap(sink, column, rows)
  if (isConstant) {
    sink.double(first)
    return
  }
  const decimals = isWhole ? 0 : decimalsFor(largest)
  sink.byte(decimals)
  encodeDeltas(sink, column, rows, 10 ** decimals)
}

function decimalsFor(largest: number): number {
  const before = largest < 1 ? 0 : Math.floor(Math.log10(largest)) + 1
  return Math.max(0, Math.min(MOST_DECIMALS, DIGITS - before))
}

function encodeBitmap(sink: ByteSink, column: Float64Array, rows: number): void {
  for (let row = 0; row < rows; row += 8) {
    let bits = 0
    for (let bit = 0; bit < 8 && row + bit < rows; bit++) {
      const value = column[row + bit] ?? Number.NaN
      if (!Number.isNaN(value)) bits |= 1 << bit
    }
    sink.byte(bits)
  }
}

function encodeDeltas(sink: ByteSink, column: Float64Array, rows: number, scale: number): void {
  let before = 0
  for (let row = 0; row < rows; row++) {
    const value = column[row] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const scaled = Math.round(value * scale)
    const whole = Math.max(-LARGEST_EXACT, Math.min(LARGEST_EXACT, scaled))
    const delta = whole - before
    // Zigzag: small differences of either sign are small numbers.
    sink.varint(delta >= 0 ? delta * 2 : -delta * 2 - 1)
    before = whole
  }
}

class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new RangeError('the block ends too early')
    return value
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.#at)
    this.#at += 8
    return value
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const next = this.byte()
      value += (next & 127) * scale
      if (next < 128) return value
    }
  }
}

function decodeColumn(reader: ByteReader, rows: number): Float64Array | undefined {
  const head = reader.byte()
  const kind = head & ~WITH_GAPS
  if (kind === KIND.empty) return undefined
  const column = new Float64Array(rows).fill(Number.NaN)
  const bitmap: number[] = []
  if ((head & WITH_GAPS) !== 0) {
    for (let row = 0; row < rows; row += 8) bitmap.push(reader.byte())
  }
  const has = (row: number) =>
    bitmap.length === 0 || ((bitmap[row >> 3] ?? 0) & (1 << (row & 7))) !== 0
  if (kind === KIND.constant) {
    const value = reader.double()
    for (let row = 0; row < rows; row++) if (has(row)) column[row] = value
    return column
  }
  if (kind !== KIND.deltas) throw new RangeError(`no column begins with ${head}`)
  const scale = 10 ** reader.byte()
  let whole = 0
  for (let row = 0; row < rows; row++) {
    if (!has(row)) continue
    const zigzag = reader.varint()
    whole += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    column[row] = whole / scale
  }
  return column
}
