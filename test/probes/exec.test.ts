import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { exec } from '../../probes/exec.ts'
import { runCheck } from '../../probes/run-check.ts'
import { probe, verdict } from '../support/probe-run.ts'

const target: Target = { address: '10.0.0.1', family: 4, port: 80 }
const sh = (script: string, ...args: string[]): string[] => ['/bin/sh', '-c', script, 'sh', ...args]

describe('exec()', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-exec-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const run = (command: string[], contract = 'plain', timeoutMs = 5000) =>
    probe(exec, target, { command, contract }, timeoutMs)

  const statuses: readonly (readonly [string, number, string])[] = [
    ['plain', 0, 'pass'],
    ['plain', 1, 'fail exec.exit'],
    ['plain', 127, 'inconclusive exec.start'],
    ['ldirectord', 0, 'pass'],
    ['ldirectord', 2, 'fail exec.exit'],
    ['nagios', 0, 'pass'],
    ['nagios', 1, 'degraded exec.warning'],
    ['nagios', 2, 'fail exec.critical'],
    ['nagios', 3, 'inconclusive exec.unknown'],
    ['nagios', 42, 'inconclusive exec.unknown'],
  ]
  test.each(statuses)(
    'by the %s contract takes exit status %i for: %s',
    async (contract, status, wanted) => {
      expect(verdict(await run(sh(`exit ${status}`), contract))).toBe(wanted)
    },
  )

  test('shows the first line that the program printed, on either stream', async () => {
    expect((await run(sh('echo fine; echo more'))).detail).toBe('fine')
    expect((await run(sh('echo broken >&2; exit 1'))).detail).toContain('broken')
    expect((await run(sh('echo slow; exit 1'), 'nagios')).detail).toContain('slow')
  })

  test('hands ldirectord scripts their four arguments, after those of the command', async () => {
    const virtual = { address: '192.0.2.10', port: 443 }
    const options = exec.options.parse({ command: sh('echo "$@"', 'own'), contract: 'ldirectord' })
    expect(exec.needsVirtual?.(options)).toBe(true)
    const { outcome } = await runCheck(exec, { ...target, virtual }, options, { timeoutMs: 5000 })
    expect(outcome.detail).toBe('own 192.0.2.10 443 10.0.0.1 80')
  })

  test('gives the program a small environment of its own', async () => {
    const { detail } = await run(
      sh('env | grep -v -e ^PWD -e ^_ -e ^SHLVL -e ^OLDPWD | sort | tr "\\n" " "'),
    )
    expect(detail).toBe(
      'LANG=C.UTF-8 LVS_ADDRESS=10.0.0.1 LVS_FAMILY=4 LVS_PORT=80 LVS_TIMEOUT_MS=5000 ' +
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/…',
    )
  })

  test('lets no shell look at the arguments', async () => {
    const file = join(dir, 'made by a shell')
    expect((await run(['echo', `$(touch '${file}')`, ';', 'false'])).detail).toContain('$(touch')
    expect(existsSync(file)).toBe(false)
  })

  test('kills the program and its children at the deadline', async () => {
    const file = join(dir, 'pid')
    const script = `sleep 60 & echo $! > ${file}.new && mv ${file}.new ${file}; wait`
    expect(verdict(await run(sh(script), 'plain', 300))).toBe('fail exec.timeout')
    const pid = readFileSync(file, 'utf8').trim()
    // Killed, if perhaps not yet buried.
    const state = (): string | undefined =>
      existsSync(`/proc/${pid}/stat`)
        ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.charAt(0)
        : undefined
    while (state() !== undefined && state() !== 'Z') await new Promise(setImmediate)
  })

  test('does not wait for what the program left running', async () => {
    const { outcome } = await runCheck(
      exec,
      target,
      exec.options.parse({ command: sh('sleep 60 & echo done') }),
      { timeoutMs: 20_000 },
    )
    expect(outcome).toEqual({ outcome: 'pass', detail: 'done' })
  })

  test('reads and drops output without end, and keeps the deadline', async () => {
    const outcome = await run(['yes', 'x'.repeat(1000)], 'plain', 300)
    expect(verdict(outcome)).toBe('fail exec.timeout')
    expect(outcome.detail.length).toBeLessThan(300)
  })

  test('is inconclusive when the program cannot be started or dies', async () => {
    const missing = await run(['/nowhere/check'])
    expect(verdict(missing)).toBe('inconclusive exec.start')
    expect(missing.detail).toContain('/nowhere/check: ENOENT')
    const file = join(dir, 'not-executable')
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 })
    expect(verdict(await run([file]))).toBe('inconclusive exec.start')
    expect(verdict(await run(['echo', 'x'.repeat(200_000)]))).toBe('inconclusive exec.start')
    expect(verdict(await run(sh('kill -SEGV $$')))).toBe('inconclusive exec.signal')
  })

  test('refuses a command that is no list', () => {
    for (const command of ['/bin/true', [], ['a\0b']]) {
      expect(exec.options.safeParse({ command }).success).toBe(false)
    }
  })
})
