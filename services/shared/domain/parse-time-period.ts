import { ALWAYS, type Range, type Scale, type TimePeriod } from './time-period.ts'

/** A period, or what is wrong with its text. */
export type PeriodReading = { readonly period: TimePeriod } | { readonly problem: string }

interface ScaleRule {
  readonly scale: Scale
  readonly min: number
  readonly max: number
  /** From the first one on, in the order of `min`. */
  readonly names?: readonly string[]
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july'],
  ...['august', 'september', 'october', 'november', 'december'],
]

const YEAR: ScaleRule = { scale: 'yr', min: 0, max: 9999 }
const MONTH: ScaleRule = { scale: 'mo', min: 1, max: 12, names: MONTHS }
const WEEK: ScaleRule = { scale: 'wk', min: 1, max: 6 }
const YEAR_DAY: ScaleRule = { scale: 'yd', min: 1, max: 366 }
const MONTH_DAY: ScaleRule = { scale: 'md', min: 1, max: 31 }
const WEEK_DAY: ScaleRule = { scale: 'wd', min: 1, max: 7, names: DAYS }
const HOUR: ScaleRule = { scale: 'hr', min: 0, max: 23 }
const MINUTE: ScaleRule = { scale: 'min', min: 0, max: 59 }
const SECOND: ScaleRule = { scale: 'sec', min: 0, max: 59 }

const RULES: Readonly<Record<string, ScaleRule>> = {
  ...{ yr: YEAR, year: YEAR, mo: MONTH, month: MONTH, wk: WEEK, week: WEEK },
  ...{ yd: YEAR_DAY, yday: YEAR_DAY, md: MONTH_DAY, mday: MONTH_DAY },
  ...{ wd: WEEK_DAY, wday: WEEK_DAY, hr: HOUR, hour: HOUR },
  ...{ min: MINUTE, minute: MINUTE, sec: SECOND, second: SECOND },
}

/**
 * Reads a period in the language of Perl's Time::Period, as mon's `period` takes it:
 * `wd {Mon-Fri} hr {8am-6pm}`. Both ends of a range are in it, so that `hr {8am-6pm}` ends at
 * 18:59:59. Blanks in braces are "or", scales side by side are "and", commas are "or"; nothing is
 * always, `never` and `none` are never. `8:30-17:00` in `hr` is ours: minutes, the end left out.
 */
export function parseTimePeriod(text: string): PeriodReading {
  const trimmed = text.trim().toLowerCase()
  if (trimmed === '' || trimmed === 'always') return { period: ALWAYS }
  if (trimmed === 'never' || trimmed === 'none') return { period: [] }
  const period: TimePeriod[number][] = []
  for (const part of trimmed.split(',')) {
    const read = parsePart(part)
    if (typeof read === 'string') return { problem: read }
    period.push(read)
  }
  return { period }
}

function parsePart(text: string): TimePeriod[number] | string {
  const scales: Partial<Record<Scale, Range[]>> = {}
  let rest = text.trim()
  if (rest === '') return 'nothing stands beside a comma'
  while (rest !== '') {
    const [whole, name = '', inner = ''] = /^([a-z]+)\s*\{([^{}]*)\}\s*/.exec(rest) ?? []
    if (whole === undefined) return `wanted scale {range …} at "${rest.slice(0, 20)}"`
    const rule = RULES[name]
    if (rule === undefined) return `there is no scale "${name}": wanted ${SCALE_NAMES}`
    const problem = addRanges(scales, rule, inner)
    if (problem !== undefined) return problem
    rest = rest.slice(whole.length)
  }
  return scales
}

const SCALE_NAMES = 'yr, mo, wk, yd, md, wd, hr, min or sec'

function addRanges(
  scales: Partial<Record<Scale, Range[]>>,
  rule: ScaleRule,
  inner: string,
): string | undefined {
  const words = inner.trim().split(/\s+/)
  if (words[0] === '') return `${rule.scale} {} holds nothing`
  const isClock = rule === HOUR && inner.includes(':')
  for (const word of words) {
    const clock = isClock ? parseClockRange(word) : undefined
    if (clock !== undefined) {
      scales.mod = [...(scales.mod ?? []), clock]
      continue
    }
    const ends = word.split('-').map((end) => parseEnd(end, rule))
    const [from, to = from] = ends
    if (ends.length > 2 || from === undefined || ends.includes(undefined) || to === undefined) {
      return `wanted ${rule.min} to ${rule.max} in ${rule.scale} {…}, got "${word}"`
    }
    // Beside minutes of the day, whole hours are minutes of the day, too.
    if (isClock) scales.mod = [...(scales.mod ?? []), [from * 60, to * 60 + 59]]
    else scales[rule.scale] = [...(scales[rule.scale] ?? []), [from, to]]
  }
  return undefined
}

function parseEnd(text: string, rule: ScaleRule): number | undefined {
  if (rule === HOUR) {
    const hour = parseHour(text)
    if (hour !== undefined) return hour
  }
  if (/^\d{1,4}$/.test(text)) {
    const value = Number(text)
    const year = rule === YEAR && text.length <= 2 ? 2000 + value : value
    return year >= rule.min && year <= rule.max ? year : undefined
  }
  // Two letters are enough for a day, three for a month (ju, ma could be two).
  const least = rule === MONTH ? 3 : 2
  const place = rule.names?.findIndex((name) => text.length >= least && name.startsWith(text)) ?? -1
  return place < 0 ? undefined : rule.min + place
}

function parseHour(text: string): number | undefined {
  const [, hour, half] = /^(\d{1,2})\s*(am|pm|noon)$/.exec(text) ?? []
  const value = Number(hour)
  if (half === undefined || value < 1 || value > 12) return undefined
  if (half === 'noon') return value === 12 ? 12 : undefined
  return (value % 12) + (half === 'pm' ? 12 : 0)
}

/** `8:30-17:00`: the end is left out, as people mean it. */
function parseClockRange(text: string): Range | undefined {
  const match = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(text)
  if (match === null) return undefined
  const [h1 = 0, m1 = 0, h2 = 0, m2 = 0] = match.slice(1).map(Number)
  const [from, to] = [h1 * 60 + m1, h2 * 60 + m2]
  if (m1 > 59 || m2 > 59 || from > 1439 || to > 1440 || from === to) return undefined
  return [from, (to + 1439) % 1440]
}
