import { createSocket } from 'node:dgram'
import { describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { checkOf } from '../../probes/registry.ts'
import { startHostileServer } from '../support/hostile-server.ts'
import { probe } from '../support/probe-run.ts'

/** The whole of 127.0.0.0/8 is this machine's; this one (RFC 5737) is nobody's. */
const OURS = '127.0.0.7'
const NOBODYS = '203.0.113.7'

function checkCalled(kind: string) {
  const check = checkOf(kind)
  if (check === undefined) throw new Error(`no check ${kind}`)
  return check
}

describe('a source address', () => {
  test.each(['tcp', 'http', 'smtp', 'agent'])('is where %s comes from', async (kind) => {
    const seen: (string | undefined)[] = []
    const server = await startHostileServer((socket) => {
      seen.push(socket.remoteAddress)
      socket.end()
    })
    await probe(checkCalled(kind), { ...server.target, source: OURS }, {}, 2000)
    await server.close()
    expect(seen).toEqual([OURS])
  })

  test('is where udp comes from', async () => {
    const socket = createSocket('udp4')
    const from = new Promise<string>((resolve) => {
      socket.on('message', (_, { address, port }) => {
        socket.send('pong', port, address)
        resolve(address)
      })
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { port } = socket.address()
    const target: Target = { address: '127.0.0.1', family: 4, port, source: OURS }
    await probe(checkCalled('udp'), target, { send: 'ping', reply: 'pong' }, 2000)
    expect(await from).toBe(OURS)
    socket.close()
  })

  test('is where icmp comes from', async () => {
    const target: Target = { address: '127.0.0.1', family: 4, port: 0, source: OURS }
    const outcome = await probe(checkCalled('icmp'), target, {}, 2000)
    expect(outcome).toMatchObject(
      outcome.outcome === 'inconclusive' ? { code: 'icmp.unavailable' } : { outcome: 'pass' },
    )
  })

  test.each(['tcp', 'https', 'smtp', 'udp', 'icmp', 'agent', 'dns', 'redis'])(
    'that is not of this machine is trouble of ours, and %s says what to do',
    async (kind) => {
      const port = kind === 'icmp' ? 0 : 9
      const target: Target = { address: '127.0.0.1', family: 4, port, source: NOBODYS }
      const outcome = await probe(checkCalled(kind), target, {}, 2000)
      expect(outcome).toMatchObject({ outcome: 'inconclusive', code: 'local.source' })
      expect(outcome.detail).toMatch(/203\.0\.113\.7: EADDRNOTAVAIL; .*sourceAddress$/)
    },
  )
})
