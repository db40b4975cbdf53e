import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Health, judge, type Verdict } from '../../../services/shared/domain/judge.ts'

const outcomes = fc.array(fc.constantFrom('pass' as const, 'fail' as const), { maxLength: 40 })
const threshold = fc.integer({ min: 1, max: 5 })
const UNKNOWN: Health = { verdict: 'unknown', streak: 0 }

/** As dumb as it gets: the verdict changes when all of the last outcomes since the change say so. */
function verdictAfter(seen: readonly ('pass' | 'fail')[], rise: number, fall: number): Verdict {
  let verdict: Verdict = 'unknown'
  let since = 0
  for (let end = 1; end <= seen.length; end++) {
    const wanted = verdict === 'up' ? 'fail' : 'pass'
    const needed = verdict === 'up' ? fall : rise
    const lastOnes = seen.slice(since, end).slice(-needed)
    const isFirst = verdict === 'unknown'
    const changes = lastOnes.length === needed && lastOnes.every((outcome) => outcome === wanted)
    if (!isFirst && !changes) continue
    verdict = seen[end - 1] === 'pass' ? 'up' : 'down'
    since = end
  }
  return verdict
}

test('judge() agrees with looking back at everything seen', () => {
  fc.assert(
    fc.property(outcomes, threshold, threshold, (seen, rise, fall) => {
      let health = UNKNOWN
      for (const [index, outcome] of seen.entries()) {
        const before = health.verdict
        const judged = judge(health, outcome, { rise, fall })
        health = judged.health
        expect(health.verdict).toBe(verdictAfter(seen.slice(0, index + 1), rise, fall))
        const changed = health.verdict === before ? ['none', 'pending'] : ['rose', 'fell']
        expect(changed).toContain(judged.judgement)
      }
    }),
  )
})

test('judge() counts how far a verdict is from changing', () => {
  const thresholds = { rise: 2, fall: 3 }
  const up = judge(UNKNOWN, 'pass', thresholds)
  expect(up).toEqual({ health: { verdict: 'up', streak: 0 }, judgement: 'rose' })
  const once = judge(up.health, 'fail', thresholds)
  expect(once).toEqual({ health: { verdict: 'up', streak: 1 }, judgement: 'pending' })
  const again = judge(once.health, 'pass', thresholds)
  expect(again).toEqual({ health: { verdict: 'up', streak: 0 }, judgement: 'none' })
})

test('judge() keeps the same object while nothing changes: ten thousand servers must be cheap', () => {
  const health: Health = { verdict: 'up', streak: 0 }
  expect(judge(health, 'pass', { rise: 2, fall: 3 }).health).toBe(health)
})
