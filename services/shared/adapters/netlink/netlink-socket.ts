import { ServiceError } from '../../runtime/service-error.ts'
import { errnoName } from '../errno-name.ts'
import { type Libc, loadLibc } from '../libc.ts'
import { timeval } from '../timeval.ts'
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

/** Opens a socket through libc. Throws a `ServiceError` that says what to do. */
export async function openNetlinkSocket(): Promise<NetlinkSocket> {
  const libc = await loadLibc()
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC)
  if (fd < 0) throw failed('open a netlink socket', libc.errno())
  const option = (level: number, name: number, value: Uint8Array) =>
    libc.setsockopt(fd, level, name, value, value.length)
  option(SOL_SOCKET, SO_RCVTIMEO, timeval(RECEIVE_TIMEOUT_S * 1000, libc.longBytes))
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
