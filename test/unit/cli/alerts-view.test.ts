import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { plainStyle as style } from '../../../services/cli/style.ts'
import { ackLines, alertLines, silenceLines } from '../../../services/cli/views/alerts-view.ts'
import { alerts, cause, incident, silence } from '../../acceptance/lvsctl-alerts-data.ts'
import { NOON } from '../../acceptance/lvsctl-data.ts'

const WIDE = Number.POSITIVE_INFINITY
const BEFORE = '2026-07-15T11:50:00.000Z'
const LATER = '2026-07-15T14:00:00.000Z'

beforeAll(() => {
  vi.stubEnv('TZ', 'UTC')
})
afterAll(() => {
  vi.unstubAllEnvs()
})

function linesOf(changes: Parameters<typeof alerts>[0], width = WIDE): readonly string[] {
  return alertLines(alerts(changes), style, width)
}

describe('what lvsctl ack says', () => {
  const ack = { by: 'anna', reason: 'rolling back', at: NOON }

  test('that nobody is called any more until the incident is over', () => {
    expect(ackLines(incident({ state: 'acknowledged', ack }), style)).toEqual([
      'acknowledged: #17 web/web1 is down: connection refused',
      '  no reminders and no further levels until it is over; it lapses when more goes wrong',
    ])
  })

  test('or until the time that was given', () => {
    const [, line] = ackLines(incident({ ack: { ...ack, until: LATER } }), style)
    expect(line).toMatch(/ no further levels until 2026-07-15 14:00:00 \+0000; it lapses /)
  })

  test('what a real server has answered moves no cursor', () => {
    const [line = ''] = ackLines(incident({ summary: 'got \u001b[2J\nowned' }), style)
    expect(line).not.toContain('\u001b')
    expect(line).not.toContain('\n')
  })
})

describe('what lvsctl silence shows', () => {
  test('no silences', () => {
    expect(silenceLines([], style, WIDE)).toEqual(['no silences'])
  })

  test('each with its end, owner, what it covers and why, the first to end on top', () => {
    const lines = silenceLines(
      [
        silence({ id: 's2', owner: 'otto', covers: 'zone rack-b', reason: 'power work' }),
        silence({ id: 's1', until: '2026-07-15T13:00:00.000Z', covers: 'service web' }),
      ],
      style,
      WIDE,
    )
    expect(lines.map((line) => line.trimEnd().split(/ {2,}/))).toEqual([
      ['SILENCE', 'UNTIL', 'OWNER', 'COVERS', 'REASON'],
      ['s1', '2026-07-15 13:00:00 +0000', 'anna', 'service web'],
      ['s2', '2026-07-15 14:00:00 +0000', 'otto', 'zone rack-b', 'power work'],
    ])
  })

  test('in the order of their ends, whatever the order of the answer', () => {
    const ends = ['2026-07-15T14:00:00.000Z', '2026-07-16T00:00:00.000Z', NOON]
    const answer = ends.map((until, index) => silence({ id: `s${index}`, until }))
    const ids = silenceLines(answer, style, WIDE).map((line) => line.slice(0, 2))
    expect(ids).toEqual(['SI', 's2', 's0', 's1'])
    expect(answer.map(({ id }) => id)).toEqual(['s0', 's1', 's2'])
  })

  test('a long reason is cut at the width of the terminal', () => {
    for (const line of silenceLines([silence({ reason: 'why '.repeat(100) })], style, 80)) {
      expect(line.length).toBeLessThanOrEqual(80)
    }
  })
})

describe('what lvsctl alerts shows', () => {
  test('that nothing is open, and by which channels it would be told', () => {
    expect(linesOf({})).toEqual(['alerts of alerter1 by ops: no incident is open'])
    expect(linesOf({ channels: [] })).toEqual([
      'alerts of alerter1 by no channels: no incident is open',
    ])
  })

  test('an incident with its causes and whom it was told', () => {
    const told = [
      { at: BEFORE, channel: 'ops', kind: 'down', level: 1, state: 'delivered' },
      { at: NOON, channel: 'boss', kind: 'escalation', level: 2, state: 'given-up' },
    ] as const
    expect(linesOf({ incidents: [incident({ level: 2, told: [...told] })] })).toEqual([
      'alerts of alerter1 by ops: 1 open',
      '',
      '#17 critical open for 10m, level 2 told: web/web1 is down: connection refused',
      '  * critical for 10m: web/web1 is down: connection refused',
      `  told: ${[
        'ops down 2026-07-15 11:50:00 +0000',
        'boss escalation 2026-07-15 12:00:00 +0000 (NOT TOLD)',
      ].join(', ')}`,
    ])
  })

  test('who has taken it on, and what marks a cause', () => {
    const causes = [
      cause({ flapping: true, silencedBy: 's1' }),
      cause({ message: 'web2', explainedBy: 'vantage-lost/dc1', endedAt: NOON }),
    ]
    const ack = { by: 'anna', reason: 'mine', at: NOON, until: LATER }
    const lines = linesOf({ incidents: [incident({ state: 'acknowledged', causes, ack })] })
    expect(lines.slice(2)).toEqual([
      '#17 critical acknowledged for 10m: web/web1 is down: connection refused',
      '  * critical for 10m (flapping, silence s1): web/web1 is down: connection refused',
      '  - critical for 10m (explained by vantage-lost/dc1, over): web2',
      '  acknowledged by anna at 2026-07-15 12:00:00 +0000 until 2026-07-15 14:00:00 +0000: mine',
      '  nobody was told',
    ])
  })

  test('how long one was that is over', () => {
    const over = incident({ state: 'over', overAt: '2026-07-15T11:53:20.000Z' })
    const [head, , line] = linesOf({ incidents: [over] })
    expect(head).toBe('alerts of alerter1 by ops: no incident is open')
    expect(line).toMatch(/^#17 critical over after 3m 20s: /)
  })

  test('of many causes and many letters eight, and how many more', () => {
    const causes = Array.from({ length: 10 }, (_, index) => cause({ message: `web${index}` }))
    const letter = { channel: 'ops', subject: 'web is down', reason: 'refused', attempts: 9 }
    const deadLetters = causes.map(() => ({ ...letter, at: NOON, uncertain: false }))
    const lines = linesOf({ incidents: [incident({ causes })], deadLetters })
    expect(lines).toContain('    … and 2 more')
    expect(lines).toContain('10 messages were not told:')
    expect(lines.at(-1)).toBe('  … and 2 more')
    expect(lines.filter((line) => line.includes('ops: web is down: refused'))).toHaveLength(8)
  })

  test('a message that may have arrived', () => {
    const letter = { channel: 'ops', subject: 'down', reason: 'ended', attempts: 1, at: NOON }
    expect(linesOf({ deadLetters: [{ ...letter, uncertain: true }] }).slice(2)).toEqual([
      '1 message was not told:',
      '  2026-07-15 12:00:00 +0000 ops: down: ended (it may have arrived)',
    ])
  })
})
