import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { tcp } from '../../probes/tcp.ts'
import { freePort, startChildServer } from '../support/child-server.ts'
import { closedPort, endlessLine, hangs, resetsAtOnce } from '../support/hostile-server.ts'
import { probe, verdictOn } from '../support/probe-run.ts'

describe.each([4, 6] as const)('tcp() over IPv%i', (family) => {
  test('passes when the server accepts, whatever it does then', async () => {
    for (const behaviour of [hangs, endlessLine()]) {
      expect(await verdictOn(tcp, behaviour, { family })).toBe('pass')
    }
    expect(await verdictOn(tcp, resetsAtOnce, { family })).toMatch(/^pass$|^fail connect.reset$/)
  })

  test('fails on a closed port', async () => {
    const outcome = await probe(tcp, await closedPort(family))
    expect(outcome).toMatchObject({ outcome: 'fail', layer: 'connect', code: 'connect.refused' })
  })
})

describe('tcp()', () => {
  test('fails in time when nobody answers at all', async () => {
    const port = await freePort()
    const script = `require('net').createServer().listen({ port: ${port}, host: '127.0.0.1', backlog: 1 })`
    const server = await startChildServer([process.execPath, '-e', script], port)
    server.child.kill('SIGSTOP')
    // A stopped server accepts nobody; these fill its backlog, so the next SYN is dropped.
    const fillers = Array.from({ length: 4 }, () => connect({ port, host: '127.0.0.1' }))
    for (const filler of fillers) filler.on('error', () => {})
    const target = { address: '127.0.0.1', family: 4, port } as const
    let outcome = await probe(tcp, target, {}, 200)
    for (let i = 0; i < 5 && outcome.outcome === 'pass'; i++) {
      fillers.push(connect({ port, host: '127.0.0.1' }).on('error', () => {}))
      outcome = await probe(tcp, target, {}, 200)
    }
    for (const filler of fillers) filler.destroy()
    server.child.kill('SIGCONT')
    await server.stop()
    expect(outcome).toMatchObject({ outcome: 'fail', layer: 'connect', code: 'connect.timeout' })
  })

  test('takes no options', () => {
    expect(tcp.options.safeParse({ path: '/' }).success).toBe(false)
  })
})
