import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCronStarts } from '../../../services/shared/runtime/cron-starts.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function latest(expression: string, zone: string, at: string, withinMs = DAY_MS): string {
  const start = createCronStarts(expression, zone).latest(Date.parse(at), withinMs)
  return start === undefined ? 'none' : new Date(start).toISOString()
}

function next(expression: string, zone: string, at: string): string {
  const start = createCronStarts(expression, zone).next(Date.parse(at))
  return start === undefined ? 'none' : new Date(start).toISOString()
}

describe('the latest start', () => {
  test.each([
    ['0 3 * * 0', 'UTC', '2026-11-22T03:00:00Z', '2026-11-22T03:00:00.000Z'],
    ['0 3 * * 0', 'UTC', '2026-11-22T02:59:59Z', 'none'],
    ['0 3 * * 0', 'UTC', '2026-11-22T11:17:03Z', '2026-11-22T03:00:00.000Z'],
    ['0 3 * * *', 'Europe/Berlin', '2026-07-01T04:00:00Z', '2026-07-01T01:00:00.000Z'],
    ['0 3 * * *', 'Europe/Berlin', '2026-12-01T04:00:00Z', '2026-12-01T02:00:00.000Z'],
    ['*/15 * * * *', 'Asia/Kathmandu', '2026-12-01T04:01:00Z', '2026-12-01T04:00:00.000Z'],
    ['30 22 * * fri', 'America/New_York', '2026-07-04T06:00:00Z', '2026-07-04T02:30:00.000Z'],
  ])('of %s in %s at %s is %s', (expression, zone, at, wanted) => {
    expect(latest(expression, zone, at)).toBe(wanted)
  })

  test('lies within the time that was asked for', () => {
    expect(latest('0 3 * * *', 'UTC', '2026-11-22T04:00:00Z', HOUR_MS)).toBe('none')
    expect(latest('0 3 * * *', 'UTC', '2026-11-22T03:59:59Z', HOUR_MS)).toBe(
      '2026-11-22T03:00:00.000Z',
    )
  })
})

describe('daylight saving', () => {
  // Berlin skips 02:00 to 03:00 on 29 March 2026 (01:00 UTC) and repeats it on 25 October.
  test('a time that the clocks skip starts when they have skipped it', () => {
    expect(latest('30 2 * * *', 'Europe/Berlin', '2026-03-29T06:00:00Z')).toBe(
      '2026-03-29T01:00:00.000Z',
    )
  })

  test('a time that the clocks show twice starts at the first, and only then', () => {
    const at = '2026-10-25T01:45:00Z'
    expect(latest('30 2 * * *', 'Europe/Berlin', at)).toBe('2026-10-25T00:30:00.000Z')
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z')).toBe(
      '2026-10-26T01:30:00.000Z',
    )
  })

  test('half an hour is put back on Lord Howe Island as well', () => {
    // 02:00 becomes 01:30 on 5 April 2026 (15:00 UTC on the day before).
    expect(latest('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T16:00:00Z')).toBe(
      '2026-04-04T14:45:00.000Z',
    )
  })
})

describe('the next start', () => {
  test.each([
    ['0 3 * * 0', 'UTC', '2026-11-22T03:00:00Z', '2026-11-29T03:00:00.000Z'],
    ['0 3 * * 0', 'UTC', '2026-11-22T02:59:30Z', '2026-11-22T03:00:00.000Z'],
    ['0 0 1 1 *', 'Asia/Shanghai', '2026-11-22T00:00:00Z', '2026-12-31T16:00:00.000Z'],
    ['0 0 29 2 *', 'UTC', '2026-11-22T00:00:00Z', 'none'],
  ])('of %s in %s after %s is %s', (expression, zone, at, wanted) => {
    expect(next(expression, zone, at)).toBe(wanted)
  })

  test('and the latest agree about every start', () => {
    const instant = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) })
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu')
    const cron = fc.constantFrom('*/20 * * * *', '30 2 * * *', '0 */6 * * 1-5', '15 1,2,3 * * *')
    fc.assert(
      fc.property(instant, zones, cron, (at, zone, expression) => {
        const starts = createCronStarts(expression, zone)
        const start = starts.next(at) ?? 0
        expect(start).toBeGreaterThan(at)
        expect(starts.latest(start, 1)).toBe(start)
        expect(starts.latest(start - 1, start - 1 - at)).toBeUndefined()
      }),
      { numRuns: 60 },
    )
  })
})

test.each([
  ['0 25 * * *', 'UTC'],
  ['0 0 3 * * 0', 'UTC'],
  ['@daily', 'UTC'],
  ['0 0 30 2 *', 'UTC'],
  ['hello', 'UTC'],
  ['0 3 * * 0', 'Mars/Olympus'],
])('%j in %s is refused', (expression, zone) => {
  expect(() => createCronStarts(expression, zone)).toThrow(RangeError)
})
