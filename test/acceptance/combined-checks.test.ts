import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryTable } from '../../services/shared/adapters/memory-table.ts'
import { api } from '../../services/shared/wire/api.ts'
import {
  createWorkplace,
  startMonitor,
  startTestServer,
  type TestMonitor,
  type TestServer,
  type Workplace,
} from '../support/standalone.ts'

let place: Workplace
let server: TestServer
let monitor: TestMonitor | undefined

beforeEach(async () => {
  place = createWorkplace()
  server = await startTestServer()
})

afterEach(async () => {
  await monitor?.stop()
  monitor = undefined
  await server.stop()
  place[Symbol.dispose]()
})

/** Two real servers at one address of the machine and the next, with these checks. */
async function start(checks: string): Promise<TestMonitor> {
  place.write(`cluster: test
realServers: { web1: 127.0.0.1, web2: 127.0.0.2 }
defaults:
  check: { interval: 100ms, fastInterval: 50ms, timeout: 90ms, rise: 2, fall: 2 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    scheduler: wlc
    forwarding: masquerade
    panicThreshold: 0%
    port: ${server.port}
${checks}
    realServers: { web1: , web2: }
`)
  monitor = await startMonitor(place, createMemoryTable())
  return monitor
}

const eventually = (check: () => Promise<void>) =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 })

async function weights({ server }: TestMonitor): Promise<readonly number[]> {
  const [web1, web2] = [await server('web/web1'), await server('web/web2')]
  return [web1.weight.effective, web2.weight.effective]
}

describe('a standalone monitor', () => {
  it('gives an agent the weight that it asks for, and says why', async () => {
    let line = 'up\n'
    const agent = createServer((socket) => socket.on('error', () => {}).end(line))
    await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve))
    const port = Object(agent.address())['port']
    const running = await start(`    check: { type: agent, address: 127.0.0.1, port: ${port} }`)
    await eventually(async () => expect(await weights(running)).toEqual([100, 100]))
    line = '40%\n'
    await eventually(async () => expect(await weights(running)).toEqual([40, 40]))
    const web1 = await running.server('web/web1')
    expect(web1).toMatchObject({ health: 'up', degraded: 0.4 })
    expect(web1.reason).toBe('degraded 40 %: agent: degraded agent.weight: the agent says 40%')
    line = 'drain\n'
    await eventually(async () => expect(await weights(running)).toEqual([0, 0]))
    line = 'ready\n'
    await eventually(async () => expect(await weights(running)).toEqual([100, 100]))
    await new Promise((resolve) => agent.close(resolve))
  })

  it("asks one of mon's monitors about all real servers at once", async () => {
    const script = '"echo $2; echo $# >&2; test $# = 2 && exit 1"'
    const running = await start(
      `    check: { type: exec, contract: mon, command: [/bin/sh, -c, ${script}, sh] }`,
    )
    await eventually(async () => {
      expect(await weights(running)).toEqual([100, 0])
      expect((await running.server('web/web2')).reason).toContain('exec.host')
    })
  })

  it('believes what a server says of itself until it falls silent', async () => {
    const running = await start('    check: { type: push, period: 1s }')
    const say = (target: string, state: string) =>
      running.ask(api.push, { target, state, message: 'by hand' })
    await say('web/web1', 'ok')
    await say('web/web2', '25%')
    await eventually(async () => expect(await weights(running)).toEqual([100, 25]))
    await eventually(async () => {
      expect(await weights(running)).toEqual([0, 0])
      expect((await running.server('web/web1')).reason).toContain('push.silent')
    })
    await say('web1', 'ok')
    await eventually(async () => expect(await weights(running)).toEqual([100, 0]))
    await expect(say('web/web9', 'ok')).rejects.toMatchObject({ code: 'api.unknown-target' })
  })
})
