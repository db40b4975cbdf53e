import { describe, expect, test } from 'vitest'
import { plainStyle as style } from '../../../services/cli/style.ts'
import { vantageLines, viewLines } from '../../../services/cli/views/vantages-view.ts'
import type {
  ProberStatus,
  Status,
  VantageStatus,
  Why,
} from '../../../services/shared/wire/status.ts'
import { status, why } from '../../acceptance/lvsctl-data.ts'

/** Any check of the answer to `why`. */
function checkWhy(): Why['checks'][number] {
  const [check] = why().checks
  if (check === undefined) throw new Error('no check')
  return check
}

function prober(name: string, more: Partial<ProberStatus> = {}): ProberStatus {
  return { name, vantage: 'dc1', tags: [], alive: true, checks: 20, lagMs: 3, skewMs: 2, ...more }
}

function vantage(name: string, more: Partial<VantageStatus> = {}): VantageStatus {
  return { name, probers: 1, counts: true, checks: 40, failing: 0, ...more }
}

function linesOf(vantages: VantageStatus[], probers: ProberStatus[]): readonly string[] {
  const whole: Status = { ...status(), vantages, probers }
  return vantageLines(whole, style, Number.POSITIVE_INFINITY)
}

describe('vantages in a status', () => {
  test('one place with one prober that is well is not worth a line', () => {
    expect(linesOf([vantage('dc1')], [prober('p1')])).toEqual([])
    expect(linesOf([], [])).toEqual([])
  })

  test('each has a line, and each of its probers', () => {
    const two = [prober('p1', { tags: ['rack-b'] }), prober('p2', { vantage: 'dc2', checks: 40 })]
    expect(linesOf([vantage('dc1'), vantage('dc2', { failing: 3 })], two)).toEqual([
      'vantage dc1: 1 prober, sees all of 40 checks up',
      '  prober p1 [rack-b]: 20 checks',
      'vantage dc2: 1 prober, sees 3 of 40 checks down',
      '  prober p2: 40 checks',
    ])
  })

  test('what is wrong is said, even where only one looks', () => {
    const suspect = 'p1 sees 1 of 1 canaries down (icmp 10.0.0.1)'
    const lines = linesOf(
      [vantage('dc1', { counts: false, suspect, failing: 40 })],
      [prober('p1', { suspect, lagMs: 900, skewMs: -12_000 })],
    )
    expect(lines).toEqual([
      `vantage dc1: 1 prober, sees 40 of 40 checks down, suspect: ${suspect}, does not count`,
      `  prober p1: 20 checks, suspect: ${suspect}, runs up to 900ms late, clock 12s ahead`,
    ])
    expect(
      linesOf([vantage('dc1', { counts: false, probers: 0 })], [prober('p1', { alive: false })]),
    ).toEqual([
      'vantage dc1: 0 probers, sees all of 40 checks up, nobody looks from there, does not count',
      '  prober p1: 20 checks, not heard for three heartbeats',
    ])
  })
})

test('what each vantage sees of a check', () => {
  const at = '2026-07-15T12:00:00.000Z'
  const lines = viewLines(
    {
      ...checkWhy(),
      quorum: 2,
      vantages: [
        {
          vantage: 'dc1',
          prober: 'p1',
          verdict: 'up',
          counts: true,
          streak: 1,
          needed: 3,
          last: { at, outcome: 'fail', detail: 'refused' },
        },
        { vantage: 'dc2', verdict: 'unknown', counts: true, streak: 0, needed: 2 },
        {
          vantage: 'dc3',
          prober: 'dc3',
          verdict: 'down',
          counts: false,
          why: 'lost',
          streak: 0,
          needed: 2,
          last: { at, outcome: 'fail', detail: 'refused' },
        },
      ],
    },
    style,
  )
  expect(lines).toEqual([
    '    seen from 3 vantages, 2 must agree:',
    '      dc1 (p1): up, 1 of 3 towards down; fail: refused',
    '      dc2: unknown; nothing seen yet',
    '      dc3: down; fail: refused does not count: nobody looks from there',
  ])
  expect(viewLines(checkWhy(), style)).toEqual([])
})
