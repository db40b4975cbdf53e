import type { Columns } from './columns.ts'
import type { Slot } from './slots.ts'

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
/** More digits than this nobody can read off a chart; of the largest number in the column. */
const DIGITS = 4
const LARGEST_EXACT = Number.MAX_SAFE_INTEGER / 4

/** Grows as bytes are added. */
class ByteSink {
  #bytes = Buffer.allocUnsafe(1024)
  length = 0

  /** The lowest eight bits. */
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

/**
 * Writes the columns of one series, a few bytes for those that hardly change. What is counted is
 * kept to the last one, means and what is measured to four digits of the largest in the column.
 */
export function encodeColumns(
  columns: Columns,
  slots: readonly Pick<Slot, 'isMeasured'>[],
  rows: number,
): Buffer {
  const sink = new ByteSink()
  for (const [index, { isMeasured }] of slots.entries()) {
    encodeColumn(sink, columns[index], rows, isMeasured)
  }
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

function encodeColumn(
  sink: ByteSink,
  column: Float64Array | undefined,
  rows: number,
  isMeasured: boolean,
): void {
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
  const decimals = decimalsFor(largest)
  const kept = isWhole ? Math.min(0, decimals) : decimals
  const places = isMeasured ? kept : Math.max(0, kept)
  sink.byte(places)
  encodeDeltas(sink, column, rows, places)
}

/** Negative where the last digits before the point go too. */
function decimalsFor(largest: number): number {
  return DIGITS - (largest < 1 ? 0 : Math.floor(Math.log10(largest)) + 1)
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

function encodeDeltas(sink: ByteSink, column: Float64Array, rows: number, places: number): void {
  const scale = 10 ** Math.abs(places)
  let before = 0
  for (let row = 0; row < rows; row++) {
    const value = column[row] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const scaled = Math.round(places < 0 ? value / scale : value * scale)
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
  const places = (reader.byte() << 24) >> 24
  const scale = 10 ** Math.abs(places)
  let whole = 0
  for (let row = 0; row < rows; row++) {
    if (!has(row)) continue
    const zigzag = reader.varint()
    whole += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    column[row] = places < 0 ? whole * scale : whole / scale
  }
  return column
}
