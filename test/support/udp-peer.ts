import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Target } from '../../probes/check.ts'

/** What a peer says to one datagram: any number of datagrams. */
export type UdpAnswers = (heard: Buffer) => readonly (string | Uint8Array)[]

/** A UDP server of this test process. */
export interface UdpPeer {
  readonly target: Target
  /** Every datagram that came, in order. */
  readonly heard: readonly Buffer[]
  /** Addresses they came from. */
  readonly senders: readonly string[]
  close(): Promise<void>
}

/** Starts one on a free port of `127.0.0.1` or `::1`. */
export async function startUdpPeer(answers: UdpAnswers, family: 4 | 6 = 4): Promise<UdpPeer> {
  const address = family === 4 ? '127.0.0.1' : '::1'
  const heard: Buffer[] = []
  const senders: string[] = []
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6')
  socket.on('message', (datagram, from) => {
    heard.push(datagram)
    senders.push(from.address)
    for (const answer of answers(datagram)) socket.send(answer, from.port, from.address)
  })
  socket.bind(0, address)
  await once(socket, 'listening')
  const target = { address, family, port: socket.address().port }
  return { target, heard, senders, close: () => closeSocket(socket) }
}

/** A UDP port that nobody listens on. */
export async function closedUdpPort(family: 4 | 6 = 4): Promise<Target> {
  const peer = await startUdpPeer(() => [], family)
  await peer.close()
  return peer.target
}

/** Bytes that are no protocol at all; the same ones every time. */
export function garbageBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 167 + 13) & 0xff)
}

async function closeSocket(socket: Socket): Promise<void> {
  const closed = once(socket, 'close')
  socket.close()
  await closed
}
