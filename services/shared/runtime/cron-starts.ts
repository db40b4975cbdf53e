import { createTask, validateDetailed } from 'node-cron'
import { createWallClock, type WallClock } from './wall-clock.ts'

/** The instants at which a cron expression starts something. */
export interface CronStarts {
  /** The latest start at or before `at`, not more than `withinMs` ago. */
  latest(at: number, withinMs: number): number | undefined
  /** The first start after `at`, at most some 400 days ahead. */
  next(at: number): number | undefined
}

const MINUTE_MS = 60_000
const HORIZON_MS = 400 * 86_400_000
/** How far clocks are put back where daylight saving ends. */
const STEPS_BACK_MS = [30 * MINUTE_MS, 60 * MINUTE_MS, 120 * MINUTE_MS]

/**
 * Starts of a cron expression of five fields in a time zone. A time that the clocks skip starts
 * when they have skipped it; one that they show twice starts at the first. Throws a `RangeError`
 * for an expression or a zone that is none.
 */
export function createCronStarts(expression: string, timeZone: string): CronStarts {
  const { valid, fields, errors } = validateDetailed(expression)
  if (!valid || fields === undefined || expression.trim().split(/\s+/).length !== 5) {
    throw new RangeError(errors[0]?.message ?? 'wanted five fields')
  }
  const clock = createWallClock(timeZone)
  const task = createTask(expression, () => undefined, { timezone: 'UTC' })
  // It is only asked; nothing of it runs, nor stays in the library's list.
  void task.destroy()
  const hours = new Set(fields.hour)
  const minutes = new Set(fields.minute)

  /** The library takes its time, so most minutes are left out before it is asked. */
  function matches(wall: number): boolean {
    const date = new Date(wall)
    if (!minutes.has(date.getUTCMinutes()) || !hours.has(date.getUTCHours())) return false
    return task.match(date)
  }

  const starts = (minute: number) => startsAt(clock, minute, matches)
  return {
    latest(at, withinMs) {
      const first = at - withinMs
      for (let minute = floorMinute(at); minute > first; minute -= MINUTE_MS) {
        if (starts(minute)) return minute
      }
      return undefined
    },
    next(at) {
      const last = at + HORIZON_MS
      for (let minute = floorMinute(at) + MINUTE_MS; minute <= last; minute += MINUTE_MS) {
        if (starts(minute)) return minute
      }
      return undefined
    },
  }
}

function floorMinute(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS
}

function startsAt(clock: WallClock, minute: number, matches: (wall: number) => boolean): boolean {
  const wall = clock.wallOf(minute)
  // What the clocks skipped between the last minute and this one.
  for (let skipped = clock.wallOf(minute - MINUTE_MS) + MINUTE_MS; skipped < wall; ) {
    if (matches(skipped)) return true
    skipped += MINUTE_MS
  }
  return matches(wall) && !STEPS_BACK_MS.some((step) => clock.wallOf(minute - step) === wall)
}
