import { createSocket, type Socket } from 'node:dgram'
import { inconclusive } from './check.ts'
import { AF, errnoName, type LibC, loadLibC, socketAddress } from './libc.ts'
import { badSource, CheckError } from './network-error.ts'
import { type IcmpSocket, quickIcmpSocket } from './quick-icmp-socket.ts'

const PROTOCOL = { 4: 1, 6: 58 } as const
const SOCK_DGRAM = 2
const SOCK_RAW = 3
const SOCK_FLAGS = 0o2004000 // SOCK_NONBLOCK | SOCK_CLOEXEC

/**
 * Opens a ping socket, or a raw one where the machine allows no ping sockets, bound to a source
 * address if there is one.
 *
 * @throws CheckError `icmp.unavailable` when it allows neither, `local.source` when the source
 * address cannot be had.
 */
export async function openIcmpSocket(family: 4 | 6, source?: string): Promise<IcmpSocket> {
  const libc = await loadLibC()
  const ping = libc.socket(AF[family], SOCK_DGRAM | SOCK_FLAGS, PROTOCOL[family])
  if (ping >= 0) {
    bindToSource(libc, ping, family, source)
    return quickIcmpSocket(libc, await adopt(ping, family, () => {}), ping, {
      family,
      isRaw: false,
    })
  }
  const pingErrno = libc.errno()
  const raw = libc.socket(AF[family], SOCK_RAW | SOCK_FLAGS, PROTOCOL[family])
  if (raw < 0) throw unavailable(pingErrno, libc.errno())
  bindToSource(libc, raw, family, source)
  setFilter(libc, raw, family)
  const plain = libc.socket(AF[family], SOCK_DGRAM | SOCK_FLAGS, 0)
  if (plain < 0) throw closing(libc, raw, unavailable(pingErrno, libc.errno()))
  // libuv adopts datagram sockets only; the raw one takes its number before epoll looks at it.
  const socket = await adopt(plain, family, () => {
    libc.dup2(raw, plain)
    libc.close(raw)
  })
  return quickIcmpSocket(libc, socket, plain, { family, isRaw: true })
}

/** Hands a descriptor to the event loop; `swap` runs right after, in the same tick. */
function adopt(fd: number, family: 4 | 6, swap: () => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      lookup: (host, _options, done) => done(null, host, family),
    })
    socket.once('error', reject)
    socket.once('listening', () => {
      socket.off('error', reject)
      socket.unref()
      resolve(socket)
    })
    socket.bind({ fd })
    swap()
  })
}

function bindToSource(libc: LibC, fd: number, family: 4 | 6, source: string | undefined): void {
  if (source === undefined) return
  const address = socketAddress(libc, family, source)
  if (address === undefined) throw closing(libc, fd, new CheckError(badSource(source, 'EINVAL')))
  if (libc.bind(fd, address, address.length) === 0) return
  const code = errnoName(libc.errno())
  throw closing(libc, fd, new CheckError(badSource(source, code)))
}

/**
 * Lets through only echo replies and "unreachable" (linux/icmp.h, linux/icmpv6.h): a set bit
 * blocks.
 */
function setFilter(libc: LibC, fd: number, family: 4 | 6): void {
  const blocked = Buffer.alloc(family === 4 ? 4 : 32, 0xff)
  for (const type of family === 4 ? [0, 3] : [1, 129]) {
    const word = (type >> 5) * 4
    blocked.writeUInt32LE((blocked.readUInt32LE(word) & ~(1 << (type & 31))) >>> 0, word)
  }
  const [level, option] = family === 4 ? [255, 1] : [58, 1]
  libc.setsockopt(fd, level, option, blocked, blocked.length)
}

function closing(libc: LibC, fd: number, error: CheckError): CheckError {
  libc.close(fd)
  return error
}

function unavailable(pingErrno: number, rawErrno: number): CheckError {
  const names = [pingErrno, rawErrno].map(errnoName)
  const detail =
    `no ICMP socket (ping: ${names[0]}, raw: ${names[1]}); allow ping sockets with ` +
    'sysctl net.ipv4.ping_group_range="0 2147483647", or give the process CAP_NET_RAW'
  return new CheckError(inconclusive('icmp.unavailable', detail))
}
