import { expect, test } from 'vitest'
import { addSample, type Decay, timeLeft } from '../../../services/controller/core/drain/decay.ts'

/** Samples a second apart of what a function says. */
function watch(connections: (second: number) => number, seconds: number): Decay {
  let decay: Decay | undefined
  for (let second = 0; second <= seconds; second++) {
    decay = addSample(decay, { at: second * 1000, connections: Math.round(connections(second)) })
  }
  if (decay === undefined) throw new Error('no samples')
  return decay
}

test('what halves every ten seconds is over when it would be', () => {
  const decay = watch((second) => 1000 * 0.5 ** (second / 10), 30)
  // From 125 to less than one takes seven halvings.
  expect(timeLeft(decay)).toBeGreaterThan(60_000)
  expect(timeLeft(decay)).toBeLessThan(90_000)
})

test('nothing left is over at once', () => {
  expect(timeLeft(watch((second) => Math.max(0, 5 - second), 6))).toBe(0)
})

test('what stands still or grows has no estimate, nor has what is too young', () => {
  expect(timeLeft(watch(() => 100, 60))).toBeUndefined()
  expect(timeLeft(watch((second) => 100 + second, 60))).toBeUndefined()
  expect(timeLeft(watch((second) => 100 - second, 2))).toBeUndefined()
})

test('the later half counts: what has come to rest is not over soon', () => {
  const decay = watch((second) => (second < 60 ? 1000 - 15 * second : 100), 200)
  expect(timeLeft(decay)).toBeUndefined()
})

test('a drain of a day keeps few samples, the first count among them', () => {
  const decay = watch((second) => 100_000 - second, 86_400)
  expect(decay.samples.length).toBeLessThanOrEqual(64)
  expect(decay.first.connections).toBe(100_000)
  const seconds = (timeLeft(decay) ?? 0) / 1000
  expect(seconds).toBeGreaterThan(5000)
})
