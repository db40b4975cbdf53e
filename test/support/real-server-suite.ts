import { expect, test } from 'vitest'
import type { Check, Target } from '../../probes/check.ts'
import type { ChildServer } from './child-server.ts'
import * as hostile from './hostile-server.ts'
import { probe, verdict, verdictOn } from './probe-run.ts'
import { startRelay } from './relay.ts'

/** A real server that runs for a suite, and a check of it that passes. */
export interface RealServer {
  readonly target: Target
  readonly child: ChildServer
  readonly options?: unknown
}

const ENDINGS = ['reset', 'close', 'hang'] as const
/** Places in what the server says where it is cut off, for each ending. */
const CUTS = 6

/**
 * Tests that every check over TCP must pass: the real server whole, byte by byte, hung, and cut off
 * in the middle of each answer.
 */
export function testRealServer<Options>(check: Check<Options>, server: () => RealServer): void {
  test('passes, many at a time', async () => {
    const { target, options } = server()
    const runs = Array.from({ length: 10 }, () => probe(check, target, options))
    expect(new Set((await Promise.all(runs)).map(verdict))).toEqual(new Set(['pass']))
  })

  test('passes when the answers come byte by byte', async () => {
    const { target, options } = server()
    const relay = await startRelay(target, { byteByByte: true })
    expect(verdict(await probe(check, relay.target, options))).toBe('pass')
    await relay.close()
  })

  test.each(ENDINGS)('ends in time when the server is cut off anywhere: %s', async (ending) => {
    const { target, options } = server()
    const whole = await startRelay(target)
    await probe(check, whole.target, options)
    const length = whole.heardBytes()
    await whole.close()
    for (let cut = 0; cut < CUTS; cut += 1) {
      const letThrough = Math.floor((length * cut) / CUTS)
      const relay = await startRelay(target, { letThrough, ending })
      const seen = verdict(await probe(check, relay.target, options, 200))
      expect(seen).toMatch(cut === 0 ? /^fail / : /^(fail |pass)/)
      await relay.close()
    }
  })

  test('fails in time while the server hangs, and passes again when it goes on', async () => {
    const { target, child, options } = server()
    signal(child, 'SIGSTOP')
    const hung = await probe(check, target, options, 400)
    signal(child, 'SIGCONT')
    expect(verdict(hung)).toMatch(/^fail \S+\.timeout$/)
    expect(verdict(await probe(check, target, options))).toBe('pass')
  })
}

/**
 * Tests of a check over TCP with peers that are no such server. `phase` is where they break off.
 */
export function testHostilePeers<Options>(
  check: Check<Options>,
  options: unknown,
  phase: string = check.kind,
): void {
  const timeoutMs = 250
  test.each([
    ['hangs', hostile.hangs, `fail ${phase}.timeout`],
    ['closes at once', hostile.closesAtOnce, `fail ${phase}.closed`],
    ['resets at once', hostile.resetsAtOnce, /^fail (connect|tls|\w+)\.reset$/],
    ['drips', hostile.drips('\0\0\0\0'), /^fail /],
    ['drips text', hostile.drips('220-slow'), /^fail /],
    ['sends a line without end', hostile.endlessLine(), /^fail /],
    ['sends lines without end', hostile.endlessLines('+OK 250-\r\n'), /^fail /],
    ['sends garbage', hostile.garbage, /^fail /],
    ['sends a TLS alert', hostile.saysThenCloses('\x15\x03\x01\x00\x02\x02\x46'), /^fail /],
  ])('with a peer that %s', async (_name, behaviour, wanted) => {
    for (const family of [4, 6] as const) {
      const seen = await verdictOn(check, behaviour, { options, timeoutMs, family })
      if (typeof wanted === 'string') expect(seen).toBe(wanted)
      else expect(seen).toMatch(wanted)
    }
  })

  test('keeps little of what a peer pours', async () => {
    const server = await hostile.startHostileServer(hostile.endlessLine('\0\0\0'))
    await probe(check, server.target, options, timeoutMs)
    expect(server.sentBytes()).toBeLessThan(32 * 1024 * 1024)
    await server.close()
  })

  test('on a closed port', async () => {
    for (const family of [4, 6] as const) {
      const outcome = await probe(check, await hostile.closedPort(family), options)
      expect(verdict(outcome)).toBe('fail connect.refused')
    }
  })
}

/** To the server and its children, which are a group of their own. */
function signal({ child }: ChildServer, name: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, name)
}
