import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { matchesHex, readHex } from '../../probes/hex-pattern.ts'
import { runCheck } from '../../probes/run-check.ts'
import { udp } from '../../probes/udp.ts'
import { probe, TranscriptRecorder, verdict } from '../support/probe-run.ts'
import { closedUdpPort, startUdpPeer, type UdpPeer } from '../support/udp-peer.ts'

let peer: UdpPeer | undefined
afterEach(async () => {
  await peer?.close()
  peer = undefined
})

const PONG = Buffer.from('00ff10706f6e67', 'hex')

const cases: readonly (readonly [string, object, string])[] = [
  ['without a wish for the reply', {}, 'pass'],
  ['with a fitting text', { reply: 'po?ng$' }, 'pass'],
  ['with another text', { reply: '^ping' }, 'fail udp.reply'],
  ['with fitting bytes', { replyHex: '00 ff' }, 'pass'],
  ['with fitting wildcards', { replyHex: '00 xx 1x 70' }, 'pass'],
  ['with other bytes', { replyHex: '00 fe' }, 'fail udp.reply'],
  ['with more bytes than came', { replyHex: '00ff10706f6e67xx' }, 'fail udp.reply'],
  ['with the right length', { minReply: 7, maxReply: 7 }, 'pass'],
  ['with any reply', { minReply: 0 }, 'pass'],
  ['too short', { minReply: 8 }, 'fail udp.length'],
  ['too long', { maxReply: 6 }, 'fail udp.length'],
  ['with bytes and text', { replyHex: '00', reply: 'pong' }, 'pass'],
]

describe.each([4, 6] as const)('udp() over IPv%i', (family) => {
  test.each(cases)('with a server that answers, %s', async (_name, options, wanted) => {
    peer = await startUdpPeer(() => [PONG], family)
    expect(verdict(await probe(udp, peer.target, { send: 'ping', ...options }, 300))).toBe(wanted)
    expect(peer.heard.map(String)).toEqual(['ping'])
  })

  test('fails a port that nobody listens on, whether a reply is wanted or not', async () => {
    const target = await closedUdpPort(family)
    expect(verdict(await probe(udp, target))).toBe('fail connect.refused')
    expect(verdict(await probe(udp, target, { minReply: 1 }))).toBe('fail connect.refused')
  })
})

describe('udp()', () => {
  test('takes silence for good where no reply is wanted, and for bad where one is', async () => {
    peer = await startUdpPeer(() => [])
    expect(verdict(await probe(udp, peer.target, { send: 'x', wait: '20ms' }))).toBe('pass')
    const wanting = await probe(udp, peer.target, { send: 'x', minReply: 0 }, 150)
    expect(verdict(wanting)).toBe('fail udp.timeout')
  })

  test('ends by itself, however long it is told to wait', async () => {
    peer = await startUdpPeer(() => [])
    expect(verdict(await probe(udp, peer.target, { wait: '1h' }, 150))).toBe('pass')
  })

  test('sends bytes and shows bytes', async () => {
    peer = await startUdpPeer(() => [PONG])
    const transcript = new TranscriptRecorder()
    const options = udp.options.parse({ sendHex: '01 FF\n0a', replyHex: '00' })
    await runCheck(udp, peer.target, options, { timeoutMs: 500, transcript })
    expect(peer.heard.map((bytes) => bytes.toString('hex'))).toEqual(['01ff0a'])
    expect(transcript.lines).toEqual(['> 01ff0a', '< 00ff10706f6e67'])
  })

  test('gives up on a pattern that takes too long', async () => {
    peer = await startUdpPeer(() => ['a'.repeat(5000)])
    const outcome = await probe(udp, peer.target, { reply: '^(a+)+$(?!)' })
    expect(verdict(outcome)).toBe('inconclusive local.pattern')
  })

  test.each([
    [{ send: 'a', sendHex: '00' }, /not both/],
    [{ sendHex: '0' }, /pairs of hexadecimal digits/],
    [{ replyHex: '0' }, /two digits for each byte/],
    [{ replyHex: 'gg' }, /hexadecimal digits/],
    [{ reply: '(' }, /regular expression/],
    [{ wait: '5' }, /unit/],
  ])('refuses the options %o', (options, message) => {
    expect(udp.options.safeParse(options).error?.message).toMatch(message)
  })
})

describe('matchesHex()', () => {
  test('fits the start of the bytes it was made from, with any digits unknown', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.func(fc.boolean()), (bytes, rest, hide) => {
        const hex = Buffer.from(bytes).toString('hex')
        const pattern = [...hex].map((digit, at) => (hide(at) ? 'x' : digit)).join('')
        expect(matchesHex(Buffer.concat([bytes, rest]), pattern)).toBe(true)
        expect(readHex(hex).equals(bytes)).toBe(true)
      }),
    )
  })

  test('does not fit when one known digit differs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, where) => {
        const other = Buffer.from(bytes)
        const at = where % bytes.length
        other[at] = (other[at] ?? 0) ^ 1
        expect(matchesHex(other, Buffer.from(bytes).toString('hex'))).toBe(false)
      }),
    )
  })
})
