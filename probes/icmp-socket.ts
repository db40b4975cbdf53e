import { createSocket, type Socket } from 'node:dgram'
import { constants } from 'node:os'
import { inconclusive } from './check.ts'
import { badSource, CheckError } from './network-error.ts'

/** An ICMP socket in the event loop. */
export interface IcmpSocket {
  readonly socket: Socket
  /**
   * Raw: identifiers are ours and IPv4 packets come with their IP header; otherwise the kernel owns
   * both.
   */
  readonly isRaw: boolean
}

type LibC = Awaited<ReturnType<typeof loadLibC>>

const PROTOCOL = { 4: 1, 6: 58 } as const
const AF = { 4: 2, 6: 10 } as const
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
    return { socket: await adopt(ping, family, () => {}), isRaw: false }
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
  return { socket, isRaw: true }
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

/** struct sockaddr_in and sockaddr_in6 (netinet/in.h), port 0. */
function bindToSource(libc: LibC, fd: number, family: 4 | 6, source: string | undefined): void {
  if (source === undefined) return
  const bytes = Buffer.alloc(family === 4 ? 16 : 28)
  bytes.writeUInt16LE(AF[family])
  if (libc.inet_pton(AF[family], source, bytes.subarray(family === 4 ? 4 : 8)) !== 1) {
    throw closing(libc, fd, new CheckError(badSource(source, 'EINVAL')))
  }
  if (libc.bind(fd, bytes, bytes.length) === 0) return
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

function errnoName(errno: number): string {
  const known = Object.entries(constants.errno).find(([, value]) => value === errno)
  return known?.[0] ?? `errno ${errno}`
}

/** Loaded when the first ping is sent: nobody else pays for it. `null` is the C library itself. */
async function loadLibC() {
  const { default: koffi } = await import('koffi')
  const library = koffi.load(null)
  return {
    socket: library.func('int socket(int, int, int)') as (...args: number[]) => number,
    dup2: library.func('int dup2(int, int)') as (from: number, to: number) => number,
    close: library.func('int close(int)') as (fd: number) => number,
    setsockopt: library.func('int setsockopt(int, int, int, void *, unsigned int)') as (
      fd: number,
      level: number,
      option: number,
      value: Buffer,
      length: number,
    ) => number,
    bind: library.func('int bind(int, void *, unsigned int)') as (
      fd: number,
      address: Buffer,
      length: number,
    ) => number,
    inet_pton: library.func('int inet_pton(int, const char *, void *)') as (
      family: number,
      text: string,
      bytes: Buffer,
    ) => number,
    errno: () => koffi.errno(),
  }
}
