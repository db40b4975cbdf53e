import type { Socket } from 'node:dgram'
import { errnoName, type LibC, socketAddress } from './libc.ts'

/** An ICMP socket in the event loop. */
export interface IcmpSocket {
  /**
   * Raw: identifiers are ours and IPv4 packets come with their IP header; otherwise the kernel owns
   * both.
   */
  readonly isRaw: boolean
  /** Sends at once; the name of the error when the kernel refuses. */
  send(packet: Buffer, address: string): string | undefined
  /** The bytes of a message are only valid during the call. */
  listen(onMessage: (bytes: Buffer) => void, onError: (error: Error) => void): void
  close(): void
}

const MSG_DONTWAIT = 0x40
/** Longer than any answer that we read, quoted packets included. */
const READ_LIMIT = 2048
/** Messages read in one go, after which others get their turn. */
const MOST_AT_ONCE = 256
const MAX_ADDRESSES = 65_536

/**
 * The event loop only says when there is something to read. Messages go straight to the kernel and
 * come straight from it: node:dgram costs three times as much for each.
 */
export function quickIcmpSocket(
  libc: LibC,
  socket: Socket,
  fd: number,
  { family, isRaw }: { readonly family: 4 | 6; readonly isRaw: boolean },
): IcmpSocket {
  const addresses = new Map<string, Buffer>()
  const buffer = Buffer.alloc(READ_LIMIT)
  let isOpen = true

  function addressOf(address: string): Buffer {
    const known = addresses.get(address)
    if (known !== undefined) return known
    if (addresses.size >= MAX_ADDRESSES) addresses.clear()
    const made = socketAddress(libc, family, address)
    if (made === undefined) throw new RangeError(`not an IPv${family} address: ${address}`)
    addresses.set(address, made)
    return made
  }

  return {
    isRaw,
    send(packet, address) {
      const to = addressOf(address)
      if (libc.sendto(fd, packet, packet.length, MSG_DONTWAIT, to, to.length) >= 0) return undefined
      const name = errnoName(libc.errno())
      return name === 'EAGAIN' ? 'ENOBUFS' : name
    },
    listen(onMessage, onError) {
      socket.on('error', onError)
      socket.on('message', (first) => {
        onMessage(first)
        for (let more = 0; more < MOST_AT_ONCE && isOpen; more++) {
          const length = libc.recv(fd, buffer, buffer.length, MSG_DONTWAIT)
          if (length < 0) return
          onMessage(buffer.subarray(0, length))
        }
      })
    },
    close() {
      isOpen = false
      socket.close()
    },
  }
}
