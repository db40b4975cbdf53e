import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTimePeriod } from '../../../services/shared/domain/parse-time-period.ts'
import { isWithin, wallTime } from '../../../services/shared/domain/time-period.ts'

function holds(text: string, moment: string): boolean {
  const read = parseTimePeriod(text)
  if (!('period' in read)) throw new Error(read.problem)
  return isWithin(read.period, wallTime(Date.parse(moment)))
}

/** Periods as mon's manual and Time::Period's have them; 2026-01-05 is a Monday. */
const CASES: readonly (readonly [string, string, boolean])[] = [
  ['', '2026-01-05T00:00Z', true],
  ['never', '2026-01-05T00:00Z', false],
  ['wd {Mon-Fri} hr {8am-6pm}', '2026-01-05T08:00Z', true],
  ['wd {Mon-Fri} hr {8am-6pm}', '2026-01-05T18:59:59Z', true],
  ['wd {Mon-Fri} hr {8am-6pm}', '2026-01-05T19:00Z', false],
  ['wd {Mon-Fri} hr {8am-6pm}', '2026-01-05T07:59:59Z', false],
  ['wd {Mon-Fri} hr {8am-6pm}', '2026-01-04T12:00Z', false],
  ['wd {Sat Sun}', '2026-01-04T12:00Z', true],
  ['wd {1 7}', '2026-01-04T12:00Z', true],
  ['wd {fr-mo}', '2026-01-05T12:00Z', true],
  ['wd {fr-mo}', '2026-01-06T12:00Z', false],
  ['hr {10pm-6am}', '2026-01-05T23:00Z', true],
  ['hr {10pm-6am}', '2026-01-05T06:30Z', true],
  ['hr {10pm-6am}', '2026-01-05T07:00Z', false],
  ['hr {12am}', '2026-01-05T00:30Z', true],
  ['hr {12noon}', '2026-01-05T12:30Z', true],
  ['hr {8:30-17:00}', '2026-01-05T08:29:59Z', false],
  ['hr {8:30-17:00}', '2026-01-05T16:59:59Z', true],
  ['hr {8:30-17:00}', '2026-01-05T17:00Z', false],
  ['hr {22:00-6:30}', '2026-01-05T06:29Z', true],
  ['hr {22:00-6:30}', '2026-01-05T06:30Z', false],
  ['hr {8:30-12:00 14}', '2026-01-05T14:59Z', true],
  ['hr {8:30-12:00 14}', '2026-01-05T13:00Z', false],
  ['wd {Mon Wed} hr {9am-4pm}, wd {Tue} hr {9am-2pm}', '2026-01-06T14:30Z', true],
  ['wd {Mon Wed} hr {9am-4pm}, wd {Tue} hr {9am-2pm}', '2026-01-06T15:30Z', false],
  ['min {0-29}', '2026-01-05T12:29Z', true],
  ['min {0-29}', '2026-01-05T12:30Z', false],
  ['mo {jan} md {5}', '2026-01-05T12:00Z', true],
  ['mo {nov-feb}', '2026-01-05T12:00Z', true],
  ['mo {nov-feb}', '2026-03-01T12:00Z', false],
  ['wk {2}', '2026-01-05T12:00Z', true],
  ['wk {1}', '2026-01-03T12:00Z', true],
  ['yd {366}', '2024-12-31T12:00Z', true],
  ['yr {2026}', '2026-01-05T12:00Z', true],
  ['yr {26}', '2026-01-05T12:00Z', true],
  ['sec {0-29}', '2026-01-05T12:00:30Z', false],
]

describe('a period of mon', () => {
  test.each(CASES)('"%s" at %s: %s', (text, moment, wanted) => {
    expect(holds(text, moment)).toBe(wanted)
  })

  test.each([
    'wd {}',
    'wd Mon',
    'hr {25}',
    'hr {13pm}',
    'moon {full}',
    'wd {Mon},',
    'mo {ju}',
    'hr {8-9-10}',
  ])('"%s" is refused with a reason', (text) => {
    expect(parseTimePeriod(text)).toEqual({ problem: expect.stringMatching(/\w/) })
  })

  test('no text makes it throw, and what it reads can be asked', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 4e12 }), (text, at) => {
        const read = parseTimePeriod(text)
        if ('period' in read) expect(typeof isWithin(read.period, wallTime(at))).toBe('boolean')
      }),
    )
  })
})

test('the wall shows what a calendar shows', () => {
  fc.assert(
    fc.property(fc.integer({ min: -2e12, max: 4e12 }), (at) => {
      const date = new Date(at)
      const { yr, mo, md, wd, hr, min, sec } = wallTime(at)
      expect([yr, mo, md, wd, hr, min, sec]).toEqual([
        ...[date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()],
        ...[date.getUTCDay() + 1, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()],
      ])
    }),
  )
})
