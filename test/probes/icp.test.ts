import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { icp } from '../../probes/icp.ts'
import { icpQuery, readIcp } from '../../probes/icp-packet.ts'
import { runCheck } from '../../probes/run-check.ts'
import { probe, TranscriptRecorder, verdict } from '../support/probe-run.ts'
import { type Squid, squidSkipped, startSquid } from '../support/squid.ts'
import {
  closedUdpPort,
  garbageBytes,
  startUdpPeer,
  type UdpAnswers,
  type UdpPeer,
} from '../support/udp-peer.ts'

const URL = 'http://shop.test/'

describe.skipIf(squidSkipped !== '')(`icp() against Squid${squidSkipped}`, () => {
  let squid: Squid
  let target: Target
  beforeAll(async () => {
    squid = await startSquid()
    target = { address: '127.0.0.1', family: 4, port: squid.icpPort, source: squid.icpSource }
  })
  afterAll(() => squid?.stop())

  test('passes and shows the answer', async () => {
    const outcome = await probe(icp, target, { url: URL })
    expect(outcome).toEqual({ outcome: 'pass', detail: expect.stringMatching(/^ICP_OP_MISS/) })
  })

  test('fails where only a hit passes', async () => {
    const outcome = await probe(icp, target, { url: URL, expect: ['hit'] })
    expect(verdict(outcome)).toBe('fail icp.answer')
    expect(outcome.detail).toMatch(/want hit, got miss/)
  })

  test('fails where Squid denies it', async () => {
    const outcome = await probe(icp, { ...target, source: squid.deniedSource })
    expect(verdict(outcome)).toBe('fail icp.denied')
  })

  test('fails when Squid hangs, and when it is gone', async () => {
    squid.pause()
    expect(verdict(await probe(icp, target, {}, 300))).toBe('fail icp.timeout')
    await squid.stop()
    expect(verdict(await probe(icp, target))).toBe('fail connect.refused')
  })
})

let peer: UdpPeer | undefined
afterEach(async () => {
  await peer?.close()
  peer = undefined
})

/** Answers with this opcode what was asked. */
function answersWith(opcode: number, change = (_answer: Buffer): void => {}): UdpAnswers {
  return (query) => {
    const answer = icpQuery(query.readUInt32BE(4), '')
    const url = query.subarray(24)
    const whole = Buffer.concat([answer.subarray(0, 20), url])
    whole[0] = opcode
    whole.writeUInt16BE(whole.length, 2)
    change(whole)
    return [whole]
  }
}

const cases: readonly (readonly [string, UdpAnswers, string])[] = [
  ['has it', answersWith(2), 'pass'],
  ['has it and sends it along', answersWith(23), 'pass'],
  ['wants no misses', answersWith(21), 'pass'],
  ['does not understand', answersWith(4), 'fail icp.error'],
  ['denies it', answersWith(22), 'fail icp.denied'],
  ['answers nonsense', answersWith(7), 'fail icp.answer'],
  ['answers another question', answersWith(2, (a) => a.fill(0, 4, 8)), 'fail icp.timeout'],
  ['answers about another URL', answersWith(2, (a) => a.fill('x', 20, 27)), 'fail icp.answer'],
  ['speaks another version', answersWith(2, (a) => a.fill(3, 1, 2)), 'fail icp.garbage'],
  ['lies about the length', answersWith(2, (a) => a.fill(1, 2, 3)), 'fail icp.garbage'],
  ['sends garbage', () => [garbageBytes(1400)], 'fail icp.garbage'],
  ['sends nothing in a datagram', () => [''], 'fail icp.garbage'],
  ['says nothing', () => [], 'fail icp.timeout'],
]

describe('icp()', () => {
  test.each(cases)('with a cache that %s', async (_name, answers, wanted) => {
    peer = await startUdpPeer(answers)
    expect(verdict(await probe(icp, peer.target, { url: URL }, 200))).toBe(wanted)
  })

  test('speaks IPv6', async () => {
    peer = await startUdpPeer(answersWith(3), 6)
    expect(verdict(await probe(icp, peer.target))).toBe('pass')
    expect(verdict(await probe(icp, await closedUdpPort(6)))).toBe('fail connect.refused')
  })

  test('shows query and answer as a person would say them', async () => {
    peer = await startUdpPeer(answersWith(2))
    const transcript = new TranscriptRecorder()
    await runCheck(icp, peer.target, icp.options.parse({ url: URL }), {
      timeoutMs: 500,
      transcript,
    })
    expect(transcript.lines).toEqual([`> ICP_OP_QUERY ${URL}`, `< ICP_OP_HIT ${URL}`])
  })
})

describe('readIcp()', () => {
  test('reads back what is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.stringMatching(/^[!-~]{1,80}$/),
        (number, url) => {
          const query = icpQuery(number, url)
          expect(readIcp(query)).toMatchObject({ opcode: 1, number })
          expect(query.toString('latin1', 24, query.length - 1)).toBe(url)
        },
      ),
    )
  })

  test('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const message = Buffer.from(bytes)
        if (message.length > 3) message.writeUInt16BE(message.length, 2)
        if (message.length > 1) message[1] = 2
        expect(readIcp(message) === undefined).toBe(message.length < 20)
      }),
    )
  })
})
