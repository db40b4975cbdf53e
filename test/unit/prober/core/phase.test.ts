import { describe, expect, test } from 'vitest'
import { phaseOf } from '../../../../services/prober/core/phase.ts'

describe('the phase of a probe', () => {
  test('never changes', () => {
    expect(phaseOf('')).toBe(0.6689221884589642)
    expect(phaseOf('http/10.0.0.1:80')).toBe(0.6810377524234354)
  })

  test('is spread evenly over ids that differ in their last characters', () => {
    const buckets = new Array<number>(20).fill(0)
    for (let i = 0; i < 10_000; i++) {
      const bucket = Math.floor(phaseOf(`http/10.0.${i >> 8}.${i & 255}:80`) * 20)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
    expect(buckets).toHaveLength(20)
    for (const count of buckets) expect(Math.abs(count - 500)).toBeLessThan(100)
  })
})
