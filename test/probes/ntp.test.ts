import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { ntp } from '../../probes/ntp.ts'
import { ntpOffsetMs, ntpRequest, ntpTimestamp, readNtp } from '../../probes/ntp-packet.ts'
import { runCheck } from '../../probes/run-check.ts'
import { type ChildServer, skipReason, startChildProcess } from '../support/child-server.ts'
import { probe, TranscriptRecorder, verdict } from '../support/probe-run.ts'
import {
  closedUdpPort,
  garbageBytes,
  startUdpPeer,
  type UdpAnswers,
  type UdpPeer,
} from '../support/udp-peer.ts'

const CHRONYD = '/usr/sbin/chronyd'
const chronySkipped = skipReason('chrony', CHRONYD)

describe.skipIf(chronySkipped !== '')(`ntp() against chrony${chronySkipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-ntp-'))
  let servers: ChildServer[] = []
  let synchronised: Target
  let lost: Target

  beforeAll(async () => {
    synchronised = await startChrony('synchronised', 'local stratum 8')
    lost = await startChrony('lost', '')
  })
  afterAll(async () => {
    for (const server of servers) await server.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  /** `-x` sets no clock; the command socket and privileges are left out. */
  async function startChrony(name: string, line: string): Promise<Target> {
    const target = await closedUdpPort()
    const file = join(dir, `${name}.conf`)
    writeFileSync(
      file,
      `port ${target.port}\nbindaddress 127.0.0.1\ncmdport 0\nbindcmdaddress /\nallow 127.0.0.0/8
pidfile ${dir}/${name}.pid\n${line}\n`,
    )
    const argv = [CHRONYD, '-d', '-x', '-U', '-u', 'root', '-f', file]
    const isUp = async (): Promise<boolean> =>
      !['fail connect.refused', 'fail ntp.timeout'].includes(
        verdict(await probe(ntp, target, {}, 300)),
      )
    servers = [...servers, await startChildProcess(argv, isUp)]
    return target
  }

  test('passes and shows stratum, offset and dispersion', async () => {
    const outcome = await probe(ntp, synchronised, { maxOffset: '100ms' })
    expect(verdict(outcome)).toBe('pass')
    expect(outcome.detail).toMatch(
      /^stratum 8 from 127\.127\.1\.1, offset -?\d+\.\d ms, root dispersion \d+\.\d ms$/,
    )
  })

  test('fails a stratum that is too far from a reference', async () => {
    const outcome = await probe(ntp, synchronised, { maxStratum: 4 })
    expect(verdict(outcome)).toBe('fail ntp.stratum')
    expect(outcome.detail).toBe('want stratum 4 at most, got 8')
  })

  test('fails a server without a clock to follow', async () => {
    expect(verdict(await probe(ntp, lost))).toBe('fail ntp.unsynchronised')
  })

  test('fails when chrony hangs, and when it is gone', async () => {
    servers[0]?.child.kill('SIGSTOP')
    expect(verdict(await probe(ntp, synchronised, {}, 300))).toBe('fail ntp.timeout')
    servers[0]?.child.kill('SIGCONT')
    await servers[0]?.stop()
    expect(verdict(await probe(ntp, synchronised))).toBe('fail connect.refused')
  })
})

let peer: UdpPeer | undefined
afterEach(async () => {
  await peer?.close()
  peer = undefined
})

/** A server whose clock is this much ahead of ours. */
function server(change: (answer: Buffer) => void = () => {}, aheadMs = 0): UdpAnswers {
  return (request) => {
    const answer = Buffer.alloc(48)
    answer[0] = (4 << 3) | 4
    answer[1] = 2
    request.copy(answer, 24, 40, 48)
    answer.writeBigUInt64BE(ntpTimestamp(Date.now() + aheadMs), 32)
    answer.writeBigUInt64BE(ntpTimestamp(Date.now() + aheadMs), 40)
    change(answer)
    return [answer]
  }
}

/** A kiss of death (RFC 5905 section 7.4). */
function kiss(code: string): UdpAnswers {
  return server((answer) => {
    answer[0] = 0xe4
    answer[1] = 0
    answer.write(code, 12, 'latin1')
  })
}

const cases: readonly (readonly [string, UdpAnswers, string])[] = [
  ['knows the time', server(), 'pass'],
  ['answers in version 3', server((a) => a.fill((3 << 3) | 4, 0, 1)), 'pass'],
  ['is an hour ahead', server(() => {}, 3_600_000), 'fail ntp.offset'],
  ['is an hour behind', server(() => {}, -3_600_000), 'fail ntp.offset'],
  ['warns of its clock', server((a) => a.fill(0xe4, 0, 1)), 'fail ntp.unsynchronised'],
  ['is at stratum 16', server((a) => a.fill(16, 1, 2)), 'fail ntp.unsynchronised'],
  ['denies it', kiss('DENY'), 'fail ntp.denied'],
  ['denies it, too', kiss('RSTR'), 'fail ntp.denied'],
  ['has only just begun', kiss('INIT'), 'fail ntp.unsynchronised'],
  ['wants fewer questions', kiss('RATE'), 'inconclusive ntp.rate'],
  ['answers somebody else', server((a) => a.fill(0, 24, 32)), 'fail ntp.timeout'],
  ['sends the request back', (request) => [request], 'fail ntp.garbage'],
  ['cuts its answer', (request) => [request.subarray(0, 47)], 'fail ntp.garbage'],
  ['sends garbage', () => [garbageBytes(900)], 'fail ntp.garbage'],
  ['says nothing', () => [], 'fail ntp.timeout'],
]

describe('ntp()', () => {
  test.each(cases)('with a server that %s', async (_name, answers, wanted) => {
    peer = await startUdpPeer(answers)
    const outcome = await probe(ntp, peer.target, { maxOffset: '10s' }, 250)
    expect(verdict(outcome)).toBe(wanted)
  })

  test('looks at no time where none is asked for, and speaks IPv6', async () => {
    peer = await startUdpPeer(
      server(() => {}, 3_600_000),
      6,
    )
    expect(verdict(await probe(ntp, peer.target))).toBe('pass')
    expect(verdict(await probe(ntp, await closedUdpPort(6)))).toBe('fail connect.refused')
  })

  test('tells nobody our time, and nothing twice', async () => {
    peer = await startUdpPeer(server())
    await Promise.all([probe(ntp, peer.target), probe(ntp, peer.target)])
    const [one, other] = peer.heard.map((bytes) => bytes.toString('hex'))
    expect(one).not.toBe(other)
    expect(one?.slice(0, 80)).toBe(`23${'00'.repeat(39)}`)
  })

  test('shows question and answer as a person would say them', async () => {
    peer = await startUdpPeer(server())
    const transcript = new TranscriptRecorder()
    await runCheck(ntp, peer.target, ntp.options.parse({}), { timeoutMs: 500, transcript })
    expect(transcript.lines).toEqual([
      '> NTP version 4 client request',
      '< NTP mode 4, stratum 2, leap 0, from 0.0.0.0',
    ])
  })
})

describe('an NTP packet', () => {
  const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
  const difference = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 })

  test('tells the offset, in this era and in the next', () => {
    fc.assert(
      fc.property(time, difference, fc.nat(5000), (now, aheadMs, tripMs) => {
        const packet = ntpRequest(Buffer.alloc(8))
        packet.writeBigUInt64BE(ntpTimestamp(now + aheadMs), 32)
        packet.writeBigUInt64BE(ntpTimestamp(now + aheadMs), 40)
        const answer = readNtp(packet)
        if (answer === undefined) throw new Error('want an answer')
        const offset = ntpOffsetMs(answer, now - tripMs, now + tripMs)
        expect(offset).toBeCloseTo(aheadMs, 2)
      }),
    )
  })

  test('of any bytes is read or is none, without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(readNtp(Buffer.from(bytes)) === undefined).toBe(bytes.length < 48)
      }),
    )
  })
})
