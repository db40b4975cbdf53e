import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimiter } from '../../../services/console/core/rate-limiter.ts'

test('a burst is free, then one attempt each time that it takes', () => {
  const limiter = createRateLimiter({ burst: 3, refillMs: 1000, maxKeys: 10 })
  expect([0, 0, 0, 0].map((at) => limiter.take('anna', at))).toEqual([0, 0, 0, 1000])
  expect(limiter.take('anna', 400)).toBe(600)
  expect(limiter.take('anna', 1000)).toBe(0)
  expect(limiter.take('anna', 1000)).toBe(1000)
  expect(limiter.take('bert', 1000)).toBe(0)
})

test('what was a good attempt after all is given back', () => {
  const limiter = createRateLimiter({ burst: 1, refillMs: 1000, maxKeys: 10 })
  for (let round = 0; round < 5; round++) {
    expect(limiter.take('anna', 0)).toBe(0)
    limiter.giveBack('anna')
  }
})

test('never more than the burst and what the time gives back, in bounded memory', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), ms: fc.nat(500) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const limiter = createRateLimiter({ burst: 4, refillMs: 1000, maxKeys: 3 })
      let at = 0
      let taken = 0
      for (const { key, ms } of steps) {
        at += ms
        if (limiter.take('under attack', at) === 0) taken++
        limiter.take(key, at)
        expect(limiter.size()).toBeLessThanOrEqual(3)
      }
      expect(taken).toBeLessThanOrEqual(4 + at / 1000)
    }),
  )
})
