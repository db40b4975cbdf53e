import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { calm, damp, UNKNOWN_DEGRADE, WHOLE } from '../../../services/controller/core/degrade.ts'

const THRESHOLDS = { rise: 2, fall: 3 }

/** The factor after each pass. */
function factors(said: readonly number[], start = WHOLE, thresholds = THRESHOLDS) {
  let degrade = start
  return said.map((one) => {
    degrade = damp(degrade, one, thresholds)
    return degrade.factor
  })
}

describe('damp()', () => {
  test('takes the first word of a check that nobody knows', () => {
    expect(factors([0.3, 0.3, 1], UNKNOWN_DEGRADE)).toEqual([0.3, 0.3, 0.3])
  })

  test('lowers after fall passes and raises after rise', () => {
    expect(factors([0.5, 0.5, 0.5, 1, 1])).toEqual([1, 1, 0.5, 0.5, 1])
  })

  test('moves only as far as all of a row agree', () => {
    expect(factors([0.2, 0.6, 0.4])).toEqual([1, 1, 0.6])
    expect(factors([0.2, 0.2, 0.2, 0.5, 0.9])).toEqual([1, 1, 0.2, 0.2, 0.5])
  })

  test('goes on sliding: what was said before counts for the next step', () => {
    expect(factors([0.7, 0, 0, 0])).toEqual([1, 1, 0.7, 0])
    expect(factors([0.9, 0.8, 0.7, 0.6, 0.5])).toEqual([1, 1, 0.9, 0.8, 0.7])
  })

  test('a word to the other side begins anew, and so does one that agrees', () => {
    expect(factors([0.5, 0.5, 1, 0.5, 0.5])).toEqual([1, 1, 1, 1, 1])
    expect(factors([0.4, 0.4, 0.4, 0.2, 0.6, 0.2, 0.2])).toEqual([
      ...[1, 1, 0.4],
      ...[0.4, 0.4, 0.4, 0.4],
    ])
  })

  test('a failure begins anew', () => {
    const almost = damp(damp(WHOLE, 0.5, THRESHOLDS), 0.5, THRESHOLDS)
    expect(damp(calm(almost), 0.5, THRESHOLDS).factor).toBe(1)
    expect(calm(WHOLE)).toBe(WHOLE)
  })

  test('agrees with counting by hand', () => {
    const share = fc.integer({ min: 0, max: 4 }).map((quarter) => quarter / 4)
    const threshold = fc.integer({ min: 1, max: 4 })
    fc.assert(
      fc.property(fc.array(share), threshold, threshold, (said, rise, fall) => {
        const got = factors(said, WHOLE, { rise, fall })
        let factor = 1
        for (const [index] of said.entries()) {
          const lower = said.slice(Math.max(0, index + 1 - fall), index + 1)
          const higher = said.slice(Math.max(0, index + 1 - rise), index + 1)
          const now = factor
          if (lower.length === fall && lower.every((one) => one < now)) factor = Math.max(...lower)
          if (higher.length === rise && higher.every((one) => one > now)) {
            factor = Math.min(...higher)
          }
          expect(got[index]).toBe(factor)
        }
      }),
    )
  })
})
