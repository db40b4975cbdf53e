import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { exec } from '../../probes/exec.ts'
import { runGroup } from '../../probes/run-group.ts'
import { probe, TranscriptRecorder, verdict } from '../support/probe-run.ts'

const targets = [1, 2, 3].map((last): Target => {
  return { address: `10.0.0.${last}`, family: 4, port: 80 }
})
const sh = (script: string): string[] => ['/bin/sh', '-c', script, 'sh']

describe("exec() by mon's contract", () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-mon-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  async function run(command: string[], timeoutMs = 5000, transcript = new TranscriptRecorder()) {
    const options = exec.options.parse({ command, contract: 'mon' })
    const results = await runGroup(exec, targets, options, { timeoutMs, transcript })
    return results.map(({ outcome }) => verdict(outcome))
  }

  test('is one process for all hosts, which are its last arguments', async () => {
    const file = join(dir, 'runs')
    const script = `echo "$@" >> ${file}; env | sort >> ${file}; echo "$2 $3"; exit 1`
    expect(await run([...sh(script), '-p'])).toEqual(['fail exec.host', 'fail exec.host', 'pass'])
    const [args, ...env] = readFileSync(file, 'utf8').trim().split('\n')
    expect(args).toBe('-p 10.0.0.1 10.0.0.2 10.0.0.3')
    expect(env).toContain('MON_GROUP=lvs-warden')
    expect(env).toContain('MON_SERVICE=sh')
    expect(env.some((line) => line.startsWith('LVS_ADDRESS='))).toBe(false)
  })

  test('gets no hosts when its command ends in ;;', async () => {
    expect(await run([...sh('test $# = 0 || echo 10.0.0.1; exit 1'), ';;'])).toEqual([
      'inconclusive exec.host',
      'inconclusive exec.host',
      'inconclusive exec.host',
    ])
  })

  test('what is on standard error accuses nobody', async () => {
    const script = 'echo 10.0.0.1 >&2; echo 10.0.0.3; exit 1'
    expect(await run(sh(script))).toEqual(['pass', 'pass', 'fail exec.host'])
  })

  test('a thousand names fit into its first line', async () => {
    const script =
      'for i in $(seq 1000); do printf "host%s.example " $i; done; echo 10.0.0.3; exit 1'
    expect(await run(sh(script))).toEqual(['pass', 'pass', 'fail exec.host'])
  })

  test('is killed with its children at the deadline, and then accuses nobody', async () => {
    const file = join(dir, 'survivor')
    const script = `(sleep 0.6; touch ${file}) & sleep 30`
    expect(new Set(await run(sh(script), 200))).toEqual(new Set(['inconclusive exec.timeout']))
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(existsSync(file)).toBe(false)
  })

  test('output without end is bounded', async () => {
    const verdicts = await run(sh('yes 10.0.0.2 | tr "\\n" " " | head -c 3000000; exit 1'))
    expect(verdicts).toEqual(['pass', 'fail exec.host', 'pass'])
  })

  test('asked for one server it runs for that one alone', async () => {
    const [target = { address: '10.0.0.1', family: 4, port: 80 }] = targets
    const options = { command: sh('echo "$*"; exit 1'), contract: 'mon' }
    const outcome = await probe(exec, target, options)
    expect(outcome).toMatchObject({ outcome: 'fail', code: 'exec.host' })
    expect(outcome.detail).toContain('10.0.0.1')
  })
})
