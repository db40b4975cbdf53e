/** What clocks and calendars on a wall show. */
export interface WallTime {
  readonly yr: number
  /** 1 to 12. */
  readonly mo: number
  /** Week of the month, 1 to 6; weeks begin on Sunday. */
  readonly wk: number
  /** Day of the year, 1 to 366. */
  readonly yd: number
  /** 1 to 31. */
  readonly md: number
  /** 1 is Sunday. */
  readonly wd: number
  readonly hr: number
  readonly min: number
  readonly sec: number
  /** Minutes since midnight. */
  readonly mod: number
}

/** Scales of Time::Period, and `mod`, minutes of the day, for ranges such as 8:30-17:00. */
export type Scale = keyof WallTime

/** From and to, both included; one that runs backwards goes over the end. */
export type Range = readonly [number, number]

/** Any of these; in each, all scales must hold. None at all is never. */
export type TimePeriod = readonly Readonly<Partial<Record<Scale, readonly Range[]>>>[]

/** Always. */
export const ALWAYS: TimePeriod = [{}]

/** True when a moment lies in a period. */
export function isWithin(period: TimePeriod, wall: WallTime): boolean {
  return period.some((part) =>
    Object.entries(part).every(([scale, ranges]) =>
      ranges.some((range) => isInRange(range, wall[scale as Scale])),
    ),
  )
}

function isInRange([from, to]: Range, value: number): boolean {
  return from <= to ? from <= value && value <= to : value >= from || value <= to
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The wall's time from what it shows as if it were UTC: milliseconds since the epoch. */
export function wallTime(shown: number): WallTime {
  const days = Math.floor(shown / DAY_MS)
  const ms = shown - days * DAY_MS
  const { yr, mo, md } = civilOf(days)
  // 1970-01-01 was a Thursday.
  const wd = ((((days + 4) % 7) + 7) % 7) + 1
  const firstWd = ((((wd - 1 - (md - 1)) % 7) + 7) % 7) + 1
  return {
    yr,
    mo,
    wk: Math.floor((md + firstWd - 2) / 7) + 1,
    yd: days - daysOf(yr, 1, 1) + 1,
    md,
    wd,
    hr: Math.floor(ms / (60 * MINUTE_MS)),
    min: Math.floor(ms / MINUTE_MS) % 60,
    sec: Math.floor(ms / 1000) % 60,
    mod: Math.floor(ms / MINUTE_MS),
  }
}

/** Days since the epoch of a date of the Gregorian calendar (Howard Hinnant, days_from_civil). */
function daysOf(yr: number, mo: number, md: number): number {
  const y = mo <= 2 ? yr - 1 : yr
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5) + md - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The other way round (civil_from_days). */
function civilOf(days: number): { readonly yr: number; readonly mo: number; readonly md: number } {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const month = Math.floor((5 * dayOfYear + 2) / 153)
  const mo = month < 10 ? month + 3 : month - 9
  const md = dayOfYear - Math.floor((153 * month + 2) / 5) + 1
  return { yr: yearOfEra + era * 400 + (mo <= 2 ? 1 : 0), mo, md }
}
