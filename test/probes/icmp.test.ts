import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { icmp } from '../../probes/icmp.ts'
import { openIcmpSocket } from '../../probes/icmp-socket.ts'
import { probe, verdict } from '../support/probe-run.ts'

const loopback = (family: 4 | 6, address = family === 4 ? '127.0.0.1' : '::1') => ({
  address,
  family,
  port: 0,
})

const refused = await openIcmpSocket(4).then(
  (socket) => {
    socket.close()
    return ''
  },
  (error: Error) => ` (skipped: ${error.message})`,
)

/** Root can try what others may not; where everyone may ping there is nothing to try. */
const canDropRights =
  process.getuid?.() === 0 &&
  readFileSync('/proc/sys/net/ipv4/ping_group_range', 'utf8').trim() === '1\t0'

describe.skipIf(refused !== '').each([4, 6] as const)(`icmp() over IPv%i${refused}`, (family) => {
  test('passes when the address answers', async () => {
    expect(verdict(await probe(icmp, loopback(family)))).toBe('pass')
  })

  test('tells many echoes of many addresses apart on one socket', async () => {
    const runs = Array.from({ length: 200 }, (_, i) =>
      probe(icmp, loopback(family, family === 4 ? `127.0.0.${(i % 50) + 1}` : '::1')),
    )
    expect(new Set((await Promise.all(runs)).map(verdict))).toEqual(new Set(['pass']))
  })

  test('does not pass for an address nobody has', async () => {
    // Multicast groups that nobody is in.
    const address = family === 4 ? '239.255.77.77' : 'ff01::7777'
    const outcome = await probe(icmp, loopback(family, address), {}, 300)
    expect(verdict(outcome)).toMatch(
      /^fail icmp\.(timeout|unreachable)$|^inconclusive local\.route$/,
    )
  })
})

describe('icmp()', () => {
  test('needs no port and takes no options', () => {
    expect(icmp.portless).toBe(true)
    expect(icmp.options.safeParse({ count: 3 }).success).toBe(false)
  })

  test.skipIf(!canDropRights)('without the right to ping says what to do', async () => {
    process.seteuid?.(65_534)
    try {
      await expect(openIcmpSocket(4)).rejects.toMatchObject({
        outcome: { outcome: 'inconclusive', code: 'icmp.unavailable' },
        message: expect.stringMatching(/ping_group_range.*CAP_NET_RAW/),
      })
    } finally {
      process.seteuid?.(0)
    }
  })
})
