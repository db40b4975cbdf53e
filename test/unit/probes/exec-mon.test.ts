import { expect, test } from 'vitest'
import type { ChildEnd } from '../../../probes/exec-child.ts'
import { judgeMonitor } from '../../../probes/exec-mon.ts'
import { verdict } from '../../support/probe-run.ts'

const HOSTS = ['10.0.0.1', '10.0.0.2', '2001:db8::3']

function verdicts(end: ChildEnd, hosts: readonly string[] = HOSTS): readonly string[] {
  const of = judgeMonitor(end, 'fping.monitor', hosts)
  return hosts.map((host) => verdict(of(host)))
}

function exit(status: number, output: string): ChildEnd {
  return { type: 'exit', status, output }
}

test('exit 0 means that all are well, whatever is printed', () => {
  expect(verdicts(exit(0, '10.0.0.1\n'))).toEqual(['pass', 'pass', 'pass'])
})

test('who is named in the first line fails, the others pass', () => {
  expect(verdicts(exit(1, '10.0.0.2\n10.0.0.1 took long\n'))).toEqual([
    'pass',
    'fail exec.host',
    'pass',
  ])
  expect(verdicts(exit(3, '10.0.0.1, 10.0.0.2'))).toEqual([
    'fail exec.host',
    'fail exec.host',
    'pass',
  ])
})

test('an IPv6 address is known in all of its spellings', () => {
  expect(verdicts(exit(1, '[2001:DB8:0::3]\n'))[2]).toBe('fail exec.host')
})

test('an address is not named by a longer one that begins with it', () => {
  expect(verdicts(exit(1, '10.0.0.11 10.0.0.2\n'))).toEqual(['pass', 'fail exec.host', 'pass'])
})

test.each([
  ['names nobody', exit(1, 'something is wrong\n'), 'exec.host'],
  ['prints nothing', exit(1, ''), 'exec.host'],
  ['is killed at the deadline', { type: 'timeout', output: '' } as const, 'exec.timeout'],
])('a monitor that %s accuses none of many, but the one that it was alone for', (_, end, code) => {
  expect(new Set(verdicts(end))).toEqual(new Set([`inconclusive ${code}`]))
  expect(verdicts(end, ['10.0.0.1'])).toEqual([`fail ${code}`])
})

test.each([
  ['cannot be started', { type: 'not-started', code: 'ENOENT', output: '' }, 'exec.start'],
  ['is killed', { type: 'signal', signal: 'SIGSEGV', output: '' }, 'exec.signal'],
  ['cannot be run by its shell', exit(127, 'not found'), 'exec.start'],
] as const)('a monitor that %s says nothing about anybody', (_, end, code) => {
  expect(new Set(verdicts(end))).toEqual(new Set([`inconclusive ${code}`]))
  expect(verdicts(end, ['10.0.0.1'])).toEqual([`inconclusive ${code}`])
})
