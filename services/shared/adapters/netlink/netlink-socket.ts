import { ServiceError } from '../../runtime/service-error.ts'
import { errnoName } from '../errno-name.ts'
import { LITTLE_ENDIAN } from './native-order.ts'

/**
 * A generic netlink socket of this process; every call blocks, a receive no longer than its
 * timeout.
 */
export interface NetlinkSocket {
  /** Hands all messages to the kernel in one call. Throws a `ServiceError`. */
  send(bytes: Uint8Array): void
  /**
   * One datagram, valid until the next call. Throws a `ServiceError` (`ipvs.timeout`,
   * `ipvs.overrun`).
   */
  receive(): Uint8Array
  close(): void
}

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2000000
const NETLINK_GENERIC = 16
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVTIMEO = 20
const SOL_NETLINK = 270
/** Acknowledgements carry the header of a refused message and not all of it (linux/netlink.h). */
const NETLINK_CAP_ACK = 10
const MSG_TRUNC = 0x20

const RECEIVE_TIMEOUT_S = 5
/** The kernel never sends more than 32 KiB in one datagram (netlink_dump). */
const DATAGRAM_BYTES = 128 * 1024
const SOCKET_BUFFER_BYTES = 1024 * 1024

/**
 * Opens a socket through libc, which koffi calls: it is loaded here and nowhere else, so that
 * nothing native is needed where no kernel table is used. Throws a `ServiceError` that says what to
 * do.
 */
export async function openNetlinkSocket(): Promise<NetlinkSocket> {
  const libc = await loadLibc()
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC)
  if (fd < 0) throw failed('open a netlink socket', libc.errno())
  const option = (level: number, name: number, value: Uint8Array) =>
    libc.setsockopt(fd, level, name, value, value.length)
  option(SOL_SOCKET, SO_RCVTIMEO, timeval(RECEIVE_TIMEOUT_S, libc.longBytes))
  option(SOL_SOCKET, SO_RCVBUF, int(SOCKET_BUFFER_BYTES))
  option(SOL_NETLINK, NETLINK_CAP_ACK, int(1))
  return socketOn(libc, fd)
}

function socketOn(libc: Libc, fd: number): NetlinkSocket {
  const buffer = new Uint8Array(DATAGRAM_BYTES)
  let closed = false
  return {
    send(bytes) {
      for (;;) {
        if (libc.send(fd, bytes, bytes.length, 0) >= 0) return
        const name = errnoName(libc.errno())
        if (name !== 'EINTR') throw failed('write to the kernel', libc.errno())
      }
    },
    receive() {
      for (;;) {
        const length = libc.recv(fd, buffer, buffer.length, MSG_TRUNC)
        if (length > buffer.length) {
          throw new ServiceError('ipvs.io', `a netlink answer of ${length} bytes is too large`)
        }
        if (length >= 0) return buffer.subarray(0, length)
        if (errnoName(libc.errno()) !== 'EINTR') throw failed('read from the kernel', libc.errno())
      }
    },
    close() {
      if (!closed) libc.close(fd)
      closed = true
    },
  }
}

interface Libc {
  socket(family: number, type: number, protocol: number): number
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  close(fd: number): number
  errno(): number
  readonly longBytes: number
}

let loading: Promise<Libc> | undefined

function loadLibc(): Promise<Libc> {
  loading ??= bindLibc()
  return loading
}

async function bindLibc(): Promise<Libc> {
  if (process.platform !== 'linux') {
    const message = `IPVS is part of Linux and this is ${process.platform}: use --table memory`
    throw new ServiceError('ipvs.platform', message)
  }
  try {
    const koffi = await import('koffi')
    const library = koffi.load(null)
    return {
      socket: library.func('int socket(int, int, int)'),
      send: library.func('long send(int, void *, size_t, int)'),
      recv: library.func('long recv(int, void *, size_t, int)'),
      setsockopt: library.func('int setsockopt(int, int, int, void *, unsigned int)'),
      close: library.func('int close(int)'),
      errno: koffi.errno,
      longBytes: koffi.sizeof('long'),
    }
  } catch (cause) {
    const message =
      'the package koffi, through which the kernel is reached, cannot be loaded here: ' +
      'install it again with `npm install koffi`, or use --table ipvsadm'
    throw new ServiceError('ipvs.no-koffi', message, { cause })
  }
}

function failed(what: string, errno: number): ServiceError {
  const code = errnoName(errno)
  switch (code) {
    case 'EAGAIN':
      return new ServiceError(
        'ipvs.timeout',
        `the kernel gave no answer in ${RECEIVE_TIMEOUT_S} s`,
        { retryable: true },
      )
    case 'ENOBUFS':
      return new ServiceError('ipvs.overrun', 'answers of the kernel were lost (ENOBUFS)', {
        retryable: true,
      })
    default:
      return new ServiceError('ipvs.io', `cannot ${what} (${code})`, { retryable: true })
  }
}

function int(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value, LITTLE_ENDIAN)
  return bytes
}

/** struct timeval is two longs. */
function timeval(seconds: number, longBytes: number): Uint8Array {
  const bytes = new Uint8Array(2 * longBytes)
  const view = new DataView(bytes.buffer)
  if (longBytes === 8) view.setBigInt64(0, BigInt(seconds), LITTLE_ENDIAN)
  else view.setInt32(0, seconds, LITTLE_ENDIAN)
  return bytes
}
