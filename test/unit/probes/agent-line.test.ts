import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeAgent } from '../../../probes/agent-line.ts'

test.each([
  ['100%', { outcome: 'pass', detail: '100%' }],
  ['up', { outcome: 'pass' }],
  ['ready, up\r', { outcome: 'pass' }],
  ['up maxconn:30', { outcome: 'pass' }],
  ['150%', { outcome: 'pass' }],
  ['75%', { outcome: 'degraded', factor: 0.75, code: 'agent.weight', detail: /says 75%/ }],
  ['UP\t20%,ready', { outcome: 'degraded', factor: 0.2, code: 'agent.weight' }],
  ['weight:30%', { outcome: 'degraded', factor: 0.3, code: 'agent.weight' }],
  ['0%', { outcome: 'degraded', factor: 0, code: 'agent.drain' }],
  ['drain 80%', { outcome: 'degraded', factor: 0, code: 'agent.drain' }],
  ['down # disk is full', { outcome: 'fail', code: 'agent.down', detail: /: disk is full$/ }],
  ['up down', { outcome: 'fail', code: 'agent.down' }],
  ['stopped', { outcome: 'fail', code: 'agent.down' }],
  ['failed', { outcome: 'fail', code: 'agent.down' }],
  ['50% maint', { outcome: 'fail', code: 'agent.maint' }],
  ['', { outcome: 'fail', code: 'agent.garbage', detail: /got none$/ }],
  ['# up', { outcome: 'fail', code: 'agent.garbage' }],
  ['HTTP/1.1 400 Bad Request', { outcome: 'fail', code: 'agent.garbage' }],
  ['-5%', { outcome: 'fail', code: 'agent.garbage' }],
  ['weight:5', { outcome: 'fail', code: 'agent.garbage' }],
])('an agent that says %j', (line, wanted) => {
  const { detail, ...rest } = wanted as { detail?: RegExp | string }
  const outcome = judgeAgent(line)
  expect(outcome).toMatchObject(rest)
  if (detail !== undefined) expect(outcome.detail).toMatch(detail)
})

test('whatever an agent says, a factor is a share of the weight', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.nat().map((share) => `${share}%`),
      ),
      (line) => {
        const outcome = judgeAgent(line)
        if (outcome.outcome !== 'degraded') return
        expect(outcome.factor).toBeGreaterThanOrEqual(0)
        expect(outcome.factor).toBeLessThan(1)
      },
    ),
  )
})
