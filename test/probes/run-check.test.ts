import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import {
  type Check,
  type Deadline,
  defineCheck,
  degraded,
  fail,
  inconclusive,
  type Outcome,
  pass,
} from '../../probes/check.ts'
import { http } from '../../probes/http.ts'
import { CheckError } from '../../probes/network-error.ts'
import { checkOf, checks } from '../../probes/registry.ts'
import { runCheck } from '../../probes/run-check.ts'
import { tcp } from '../../probes/tcp.ts'
import { hangs, startHostileServer } from '../support/hostile-server.ts'

const target = { address: '127.0.0.1', family: 4, port: 1 } as const

function checkThat(run: Check<object>['run']): Check<object> {
  return defineCheck({ kind: 'made-up', summary: '', options: tcp.options, run })
}

/** A stop signal by hand. */
function makeStop() {
  const listeners = new Set<() => void>()
  let expired = false
  const deadline: Deadline = {
    get expired() {
      return expired
    },
    onExpire(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const stop = (): void => {
    expired = true
    for (const listener of listeners) listener()
  }
  return { deadline, stop, listeners }
}

describe('runCheck()', () => {
  test('returns the outcome and how long it took', async () => {
    const check = checkThat(async () => pass('fine'))
    const result = await runCheck(check, target, {}, { timeoutMs: 100 })
    expect(result.outcome).toEqual(pass('fine'))
    expect(result.durationMs).toBeGreaterThanOrEqual(0)
  })

  test('a pass that takes longer than it should is degraded', async () => {
    const late = (outcome: Outcome) =>
      checkThat(async () => {
        await new Promise((resolve) => setTimeout(resolve, 30))
        return outcome
      })
    const run = async (outcome: Outcome, afterMs: number) => {
      const limits = { timeoutMs: 5000, slow: { afterMs, factor: 0.5 } }
      return (await runCheck(late(outcome), target, {}, limits)).outcome
    }
    expect(await run(pass('fine'), 10)).toMatchObject({
      outcome: 'degraded',
      factor: 0.5,
      code: 'made-up.slow',
      detail: expect.stringMatching(/^took \d+ ms, want at most 10 ms: fine$/),
    })
    expect(await run(pass('fine'), 4000)).toEqual(pass('fine'))
    expect(await run(degraded(0.8, 'a.b', ''), 10)).toMatchObject({ factor: 0.5 })
    expect(await run(degraded(0.2, 'a.b', ''), 10)).toEqual(degraded(0.2, 'a.b', ''))
    expect(await run(inconclusive('a.b', ''), 10)).toEqual(inconclusive('a.b', ''))
    expect(await run(fail('content', 'a.b', ''), 10)).toEqual(fail('content', 'a.b', ''))
  })

  test('ends a check that overlooks its deadline', async () => {
    const check = checkThat(() => new Promise(() => {}))
    const { outcome } = await runCheck(check, target, {}, { timeoutMs: 10 })
    expect(outcome).toMatchObject({ outcome: 'fail', code: 'made-up.timeout' })
  })

  test("turns a check's error into its outcome and lets programmer errors through", async () => {
    const sick = checkThat(async () => {
      throw new CheckError(pass('thrown'))
    })
    expect((await runCheck(sick, target, {}, { timeoutMs: 10 })).outcome.detail).toBe('thrown')
    const broken = checkThat(async () => {
      throw new TypeError('a bug')
    })
    await expect(runCheck(broken, target, {}, { timeoutMs: 10 })).rejects.toThrow('a bug')
    const worse = checkThat(() => {
      throw new TypeError('a bug in the same tick')
    })
    await expect(runCheck(worse, target, {}, { timeoutMs: 10 })).rejects.toThrow('same tick')
  })

  test('a stopped run is inconclusive and leaves no connection and no listener behind', async () => {
    const server = await startHostileServer(hangs)
    const { deadline, stop, listeners } = makeStop()
    const options = http.options.parse({})
    const run = runCheck(http, server.target, options, { timeoutMs: 60_000, stop: deadline })
    while (server.openConnections() === 0) await new Promise(setImmediate)
    stop()
    expect((await run).outcome).toMatchObject({ outcome: 'inconclusive', code: 'run.stopped' })
    expect(listeners.size).toBe(0)
    const late = await runCheck(http, server.target, options, { timeoutMs: 1, stop: deadline })
    expect(late.outcome).toMatchObject({ code: 'run.stopped' })
    await server.close()
  })

  test('frees the socket at the deadline', async () => {
    let closed = (): void => {}
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve
    })
    const server = await startHostileServer((socket) => {
      socket.resume()
      socket.on('close', closed)
      socket.on('end', () => socket.end())
    })
    const { outcome } = await runCheck(http, server.target, http.options.parse({}), {
      timeoutMs: 50,
    })
    expect(outcome).toMatchObject({ outcome: 'fail', code: 'http.timeout' })
    await isClosed
    await server.close()
  })
})

/** Options that have no default. */
const REQUIRED: Readonly<Record<string, unknown>> = {
  dialogue: { steps: [{ send: 'hello' }] },
  exec: { command: ['true'] },
  'http-proxy': { url: 'http://a.test/' },
  radius: { secret: 'between-us' },
}

describe('checks', () => {
  test('know their own kind, describe every option and survive the bus', () => {
    for (const [kind, check] of Object.entries(checks)) {
      expect(check.kind).toBe(kind)
      expect(checkOf(kind)).toBe(check)
      const parsed = check.options.parse(REQUIRED[kind] ?? {})
      expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed)
      expect(check.options.parse(parsed)).toEqual(parsed)
    }
    expect(checkOf('toString')).toBeUndefined()
  })
})

describe('a process that stands still', () => {
  const block = (ms: number): void => {
    const until = performance.now() + ms
    while (performance.now() < until);
  }

  test('takes no time from the server', async () => {
    const code = `
      const { parentPort } = require('node:worker_threads')
      const server = require('node:http').createServer((_, response) => response.end('well'))
      server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`
    const worker = new Worker(code, { eval: true })
    const [port] = (await once(worker, 'message')) as [number]
    const options = http.options.parse({})
    const running = runCheck(http, { ...target, port }, options, { timeoutMs: 200 })
    block(500)
    expect((await running).outcome).toMatchObject({ outcome: 'pass' })
    await worker.terminate()
  })

  test('again and again has no verdict', async () => {
    const running = runCheck(
      checkThat(() => new Promise(() => {})),
      target,
      {},
      { timeoutMs: 60 },
    )
    let isOver = false
    const again = (): void => {
      if (isOver) return
      block(250)
      setTimeout(again, 0)
    }
    again()
    const { outcome } = await running
    isOver = true
    expect(outcome).toMatchObject({ outcome: 'inconclusive', code: 'run.stalled' })
    expect(outcome.detail).toMatch(/^no verdict in time, but this process stood still for \d+ ms$/)
  })

  test('makes no server slow', async () => {
    const check = checkThat(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return pass('fine')
    })
    const limits = { timeoutMs: 5000, slow: { afterMs: 1000, factor: 0.5 } }
    const running = runCheck(check, target, {}, limits)
    block(1500)
    expect((await running).outcome).toEqual(pass('fine'))
  })
})
