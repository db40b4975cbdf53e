import { describe, expect, test } from 'vitest'
import { isSettled, settle, UNSETTLED } from '../../../../services/prober/core/settling.ts'

const OUTCOMES = { p: 'pass', f: 'fail', i: 'inconclusive' } as const

/** For each outcome of a history, `=` when settled after it and `?` when not. */
function history(outcomes: string, thresholds = { rise: 2, fall: 3 }): string {
  let settling = UNSETTLED
  return [...outcomes]
    .map((letter) => {
      settling = settle(settling, OUTCOMES[letter as keyof typeof OUTCOMES], thresholds)
      return isSettled(settling) ? '=' : '?'
    })
    .join('')
}

describe('settling', () => {
  test.each([
    ['the first verdict needs its full count', 'pppp', '?==='],
    ['the first failures need theirs', 'ffff', '??=='],
    ['a failure unsettles until there are enough', 'ppffff', '?=??=='],
    ['a recovery likewise', 'fffppp', '??=?=='],
    ['one failure among passes settles with the next pass', 'ppfppp', '?=?==='],
    ['flapping before any verdict stays unsettled', 'pfpfpf', '??????'],
    ['what is inconclusive counts for nothing', 'pifpp', '????='],
    ['nothing but trouble of our own settles nothing', 'iii', '???'],
    ['trouble does not unsettle', 'ppip', '?==='],
    ['trouble does not break a streak', 'ppfiff', '?=???='],
  ])('%s: %s', (_, outcomes, expected) => {
    expect(history(outcomes)).toBe(expected)
  })

  test('with rise and fall of one every outcome settles', () => {
    expect(history('pfpfp', { rise: 1, fall: 1 })).toBe('=====')
  })
})
