/** What clocks on the wall of a time zone show. */
export interface WallClock {
  /** What they show at an instant, as if it were UTC: milliseconds since the epoch. */
  wallOf(at: number): number
}

/** No zone changes its offset anywhere but at a quarter of an hour. */
const QUARTER_MS = 15 * 60_000
/** More than a week of quarters. */
const MAX_CACHED = 1024

/** Throws a `RangeError` for what is no IANA time zone. */
export function createWallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const offsets = new Map<number, number>()

  function readOffset(quarter: number): number {
    const parts = new Map(format.formatToParts(quarter).map(({ type, value }) => [type, value]))
    const read = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
    const [year, month, day] = [read('year'), read('month') - 1, read('day')]
    return Date.UTC(year, month, day, read('hour'), read('minute')) - quarter
  }

  function offsetOf(at: number): number {
    const quarter = Math.floor(at / QUARTER_MS) * QUARTER_MS
    const known = offsets.get(quarter)
    if (known !== undefined) return known
    if (offsets.size >= MAX_CACHED) offsets.clear()
    const offset = readOffset(quarter)
    offsets.set(quarter, offset)
    return offset
  }

  return { wallOf: (at) => at + offsetOf(at) }
}
