import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fence, type Moment } from '../../../services/director/core/fence.ts'
import { compareVersions } from '../../../services/shared/domain/desired-table.ts'

const START = Date.UTC(2030, 0, 1)
const second = (s: number): Moment => ({ at: START + s * 1000, ms: s * 1000 })
const claim = (controller: string, epoch: number, generation = 1) => ({
  controller,
  epoch,
  generation,
})

/** Claims each second, the last one included; whether the last lowered the fence. */
function claims(fence: Fence, from: number, to: number, one: ReturnType<typeof claim>): boolean {
  let isLowered = false
  for (let s = from; s <= to; s++) isLowered = fence.hear(one, second(s))
  return isLowered
}

describe('a fence', () => {
  test('lets in what is as new as the newest, by epoch before generation', () => {
    const fence = new Fence(second(0))
    expect(fence.admits({ epoch: 3, generation: 7 })).toBe(true)
    expect(fence.admits({ epoch: 3, generation: 7 })).toBe(true)
    expect(fence.admits({ epoch: 3, generation: 6 })).toBe(false)
    expect(fence.admits({ epoch: 2, generation: 99 })).toBe(false)
    expect(fence.admits({ epoch: 4, generation: 1 })).toBe(true)
  })

  test('never lets a version in that is older than one before, whoever claims what for how long', () => {
    const version = fc.record({ epoch: fc.nat(4), generation: fc.nat(4) })
    const step = fc.oneof(
      fc.record({ table: version }),
      fc.record({ claim: version, by: fc.constantFrom('a', 'b') }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const fence = new Fence(second(0))
        let newest = fence.highest
        steps.forEach((one, s) => {
          if ('claim' in one) {
            const isLowered = fence.hear({ controller: one.by, ...one.claim }, second(s))
            if (isLowered) newest = fence.highest
          } else if (fence.admits(one.table)) {
            expect(compareVersions(one.table, newest)).toBeGreaterThanOrEqual(0)
            newest = one.table
          }
          expect(fence.highest).toEqual(newest)
        })
      }),
    )
  })

  test('obeys a count that has begun anew when nobody newer was heard for ten seconds', () => {
    const fence = new Fence(second(0))
    fence.admits({ epoch: 90, generation: 5 })
    fence.hear(claim('a', 90, 5), second(1))
    expect(claims(fence, 2, 11, claim('b', 1))).toBe(false)
    expect(fence.admits({ epoch: 1, generation: 1 })).toBe(false)
    expect(fence.hear(claim('b', 1), second(12))).toBe(true)
    expect(fence.admits({ epoch: 1, generation: 1 })).toBe(true)
  })

  test('obeys a smaller generation of the same epoch, as after the second loss', () => {
    const fence = new Fence(second(0))
    fence.admits({ epoch: 1, generation: 500 })
    expect(claims(fence, 1, 11, claim('a', 1, 2))).toBe(true)
    expect(fence.admits({ epoch: 1, generation: 2 })).toBe(true)
  })

  test('never obeys who is deposed while the one who leads is heard, however long both claim', () => {
    const fence = new Fence(second(0))
    fence.admits({ epoch: 9, generation: 1 })
    for (let s = 1; s < 120; s++) {
      expect(fence.hear(claim('a', 5, 80), second(s))).toBe(false)
      if (s % 4 === 0) expect(fence.hear(claim('b', 9), second(s + 0.5))).toBe(false)
    }
    expect(fence.admits({ epoch: 5, generation: 81 })).toBe(false)
  })

  test('does not take single claims far apart for a lead', () => {
    const fence = new Fence(second(0))
    fence.admits({ epoch: 9, generation: 1 })
    for (let s = 1; s < 60; s += 4) expect(fence.hear(claim('a', 5), second(s))).toBe(false)
  })

  test('of two older ones waits for the newer', () => {
    const fence = new Fence(second(0))
    fence.admits({ epoch: 9, generation: 1 })
    for (let s = 1; s <= 10; s++) {
      fence.hear(claim('a', 2), second(s))
      fence.hear(claim('b', 3), second(s))
    }
    expect(fence.hear(claim('a', 2), second(11))).toBe(false)
    expect(fence.hear(claim('b', 3), second(11))).toBe(true)
    expect(fence.admits({ epoch: 2, generation: 9 })).toBe(false)
  })

  test('says since when nobody leads, from the start or the last one that was heard', () => {
    const fence = new Fence(second(0))
    expect(fence.unmanagedSince(second(4.9))).toBeUndefined()
    expect(fence.unmanagedSince(second(5))).toBe(START)
    fence.hear(claim('a', 1), second(6))
    expect(fence.unmanagedSince(second(10))).toBeUndefined()
    expect(fence.unmanagedSince(second(11))).toBe(START + 6000)
  })

  test('names who is refused and why, as long as that one is heard', () => {
    const fence = new Fence(second(0))
    fence.remember({ epoch: 9, generation: 4 })
    fence.hear(claim('old', 5, 80), second(6))
    expect(fence.unmanagedSince(second(6))).toBe(START)
    expect(fence.refusing(second(6))).toBe(
      'tables of controller old (epoch 5, generation 80) are older than what was seen ' +
        '(epoch 9, generation 4); they are taken when it alone has claimed to lead for 10 s',
    )
    expect(fence.refusing(second(10))).toBeUndefined()
  })
})
