import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  adjust,
  type DynamicWeight,
  type Measured,
  PLAIN,
} from '../../../services/controller/core/weights/dynamic-feedback.ts'
import type { DynamicWeightPolicy } from '../../../services/shared/domain/weight-policy.ts'

const POLICY: DynamicWeightPolicy = {
  intervalMs: 10_000,
  proportions: { active: 0, new: 0.5, response: 0.5, agent: 0 },
  lowest: 0.2,
  highest: 1.5,
  step: 0.1,
  sensitivity: 0.05,
}

/** A server of a queueing kind: it takes its share of clients and slows down as it fills up. */
interface Plant {
  readonly capacity: number
  /** Clients a second that it can really serve. */
  readonly speed: number
}

/** Runs a pool for so many intervals and returns the factors after each. */
function simulate(
  plants: readonly Plant[],
  clients: number,
  intervals: number,
  options: {
    readonly policy?: DynamicWeightPolicy
    readonly start?: readonly DynamicWeight[]
    /** Relative error of each measurement, by interval and server. */
    readonly noise?: (interval: number, server: number) => number
  } = {},
): { readonly factors: readonly number[][]; readonly end: readonly DynamicWeight[] } {
  const { policy = POLICY, noise = () => 0 } = options
  let weights = options.start ?? plants.map(() => PLAIN)
  const factors: number[][] = []
  for (let i = 0; i < intervals; i++) {
    const total = plants.reduce((sum, { capacity }, s) => sum + capacity * factorAt(weights, s), 0)
    const measured = plants.map(({ capacity, speed }, s): Measured => {
      const rate = (clients * capacity * factorAt(weights, s)) / total
      const busy = Math.min(0.98, rate / speed)
      return {
        capacity,
        active: rate / speed / (1 - busy),
        new: rate * 10 * (1 + noise(i, s)),
        response: (1000 / speed / (1 - busy)) * (1 + noise(i, s)),
        agent: busy,
      }
    })
    weights = adjust(
      measured.map((one, s) => ({ measured: one, weight: weights[s] ?? PLAIN })),
      policy,
    )
    factors.push(weights.map(({ factor }) => factor))
  }
  return { factors, end: weights }
}

function factorAt(weights: readonly DynamicWeight[], server: number): number {
  return weights[server]?.factor ?? 1
}

const EVEN = [100, 100, 100, 100].map((speed) => ({ capacity: 100, speed }))

test('an even pool under a steady load moves no weight at all', () => {
  const { factors } = simulate(EVEN, 200, 200)
  expect(factors.every((row) => row.every((factor) => factor === 1))).toBe(true)
})

test('a server that slows down gets less, and what it has comes to rest', () => {
  const slow = EVEN.map((plant, index) => (index === 0 ? { ...plant, speed: 60 } : plant))
  const { factors } = simulate(slow, 200, 400)
  expect(factors.at(-1)?.[0]).toBeLessThan(0.9)
  expect(Math.min(...(factors.at(-1) ?? []).slice(1))).toBeGreaterThan(1)
  // The last quarter of an hour: no weight of 100 moves by a whole unit.
  for (let s = 0; s < 4; s++) {
    const last = factors.slice(-90).map((row) => row[s] ?? 0)
    expect(Math.max(...last) - Math.min(...last)).toBeLessThan(0.01)
  }
})

test('it reacts within a minute, and comes back when the trouble is over', () => {
  const slow = EVEN.map((plant, index) => (index === 0 ? { ...plant, speed: 40 } : plant))
  const trouble = simulate(slow, 200, 6)
  expect(trouble.factors.at(-1)?.[0]).toBeLessThan(0.8)
  const over = simulate(EVEN, 200, 300, { start: simulate(slow, 200, 100).end })
  expect(over.factors.at(-1)?.[0]).toBeGreaterThan(0.9)
})

test('whatever the pool: bounds hold, the steps are small, and a steady load comes to rest', () => {
  const plant = fc.record({
    capacity: fc.constantFrom(50, 100, 200),
    speed: fc.integer({ min: 30, max: 300 }),
  })
  const policy = fc.record({
    step: fc.constantFrom(0.05, 0.1, 0.25, 0.5),
    sensitivity: fc.constantFrom(0.01, 0.05, 0.1),
    active: fc.constantFrom(0, 0.25),
  })
  fc.assert(
    fc.property(
      fc.array(plant, { minLength: 2, maxLength: 5 }),
      policy,
      fc.integer({ min: 5, max: 95 }),
      (plants, { step, sensitivity, active }, percent) => {
        const speed = plants.reduce((sum, one) => sum + one.speed, 0)
        const proportions = { active, new: 0.5, response: 0.5 - active, agent: 0 }
        const own = { ...POLICY, step, sensitivity, proportions }
        const { factors } = simulate(plants, (speed * percent) / 100, 250, { policy: own })
        for (const row of factors) {
          for (const factor of row) {
            expect(factor).toBeGreaterThanOrEqual(own.lowest)
            expect(factor).toBeLessThanOrEqual(own.highest)
          }
        }
        for (let s = 0; s < plants.length; s++) {
          const last = factors.slice(-50).map((row) => row[s] ?? 0)
          expect(Math.max(...last) - Math.min(...last)).toBeLessThan(0.05)
        }
      },
    ),
    { numRuns: 12 },
  )
})

test('noise within the sensitivity moves nothing', () => {
  const noise = (interval: number, server: number) => ((interval * 7 + server * 3) % 5) / 100 - 0.02
  const { factors } = simulate(EVEN, 200, 200, { noise })
  expect(factors.every((row) => row.every((factor) => factor === 1))).toBe(true)
})

test('a server that an agent calls busy gets less', () => {
  const busy = { capacity: 100, active: 1, new: 1, response: undefined, agent: 0.9 }
  const idle = { ...busy, agent: 0.1 }
  const policy = { ...POLICY, proportions: { active: 0, new: 0, response: 0, agent: 1 } }
  const [first, second] = adjust(
    [busy, idle].map((measured) => ({ measured, weight: PLAIN })),
    policy,
  )
  expect(first?.factor).toBeLessThan(0.95)
  expect(second?.factor).toBeGreaterThan(1.05)
})
