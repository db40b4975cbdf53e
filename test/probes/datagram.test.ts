import { afterEach, describe, expect, test } from 'vitest'
import type { Target, Transcript } from '../../probes/check.ts'
import { type DatagramExchange, exchangeDatagrams } from '../../probes/datagram.ts'
import { CheckError } from '../../probes/network-error.ts'
import { ManualDeadline } from '../support/manual-deadline.ts'
import { TranscriptRecorder } from '../support/probe-run.ts'
import { closedUdpPort, startUdpPeer, type UdpPeer } from '../support/udp-peer.ts'

const question: DatagramExchange<string> = {
  name: 'test',
  request: Buffer.from('question'),
  waitsFor: 'answer',
  read: (datagram) => (datagram.toString() === 'answer' ? 'answer' : undefined),
}

let peer: UdpPeer | undefined
afterEach(async () => {
  await peer?.close()
  peer = undefined
})

async function ask(
  target: Target,
  exchange: DatagramExchange<string> = question,
  deadline = new ManualDeadline(),
  transcript?: Transcript,
): Promise<string> {
  const context = { deadline, timeoutMs: 1000, ...(transcript && { transcript }) }
  try {
    return await exchangeDatagrams(exchange, target, context)
  } catch (error) {
    if (error instanceof CheckError && error.outcome.outcome !== 'pass') return error.outcome.code
    throw error
  }
}

describe.each([4, 6] as const)('exchangeDatagrams() over IPv%i', (family) => {
  test('asks once and takes the answer', async () => {
    peer = await startUdpPeer(() => ['answer'], family)
    const transcript = new TranscriptRecorder()
    expect(await ask(peer.target, question, new ManualDeadline(), transcript)).toBe('answer')
    expect(peer.heard.map(String)).toEqual(['question'])
    expect(transcript.lines).toEqual(['> question', '< answer'])
  })

  test('passes over what is no answer', async () => {
    peer = await startUdpPeer(() => ['one', '', 'answer'], family)
    expect(await ask(peer.target)).toBe('answer')
  })

  test('hears from the kernel that nobody listens', async () => {
    expect(await ask(await closedUdpPort(family))).toBe('connect.refused')
  })

  test('comes from the source address that is asked for', async () => {
    const source = family === 4 ? '127.0.0.2' : '::1'
    peer = await startUdpPeer(() => ['answer'], family)
    expect(await ask({ ...peer.target, source })).toBe('answer')
    expect(peer.senders).toEqual([source])
  })

  test('says that a source address is not ours', async () => {
    const source = family === 4 ? '192.0.2.1' : '2001:db8::1'
    peer = await startUdpPeer(() => ['answer'], family)
    expect(await ask({ ...peer.target, source })).toBe('local.source')
  })
})

describe('exchangeDatagrams()', () => {
  test('ends with the deadline, also when it passed before the start', async () => {
    const deadline = new ManualDeadline()
    peer = await startUdpPeer(() => {
      deadline.expire()
      return []
    })
    expect(await ask(peer.target, question, deadline)).toBe('test.timeout')
    expect(await ask(peer.target, question, deadline)).toBe('test.timeout')
  })

  test('gives up on a server that pours out strays', async () => {
    peer = await startUdpPeer(() => Array.from({ length: 64 }, () => 'stray'))
    expect(await ask(peer.target)).toBe('test.strays')
  })

  test('hands on what reading throws', async () => {
    peer = await startUdpPeer(() => ['answer'])
    const read = (): string => {
      throw new RangeError('a mistake of ours')
    }
    await expect(ask(peer.target, { ...question, read })).rejects.toThrow('a mistake of ours')
  })

  test('takes silence for an answer where that is asked for', async () => {
    peer = await startUdpPeer(() => [])
    const silence = { afterMs: 10, answer: 'silent' }
    expect(await ask(peer.target, { ...question, silence })).toBe('silent')
  })

  test('hears an unreachable port before silence counts', async () => {
    const silence = { afterMs: 500, answer: 'silent' }
    const target = await closedUdpPort()
    expect(await ask(target, { ...question, silence })).toBe('connect.refused')
  })
})
