import { readFile } from 'node:fs/promises'
import { ServiceError } from '../runtime/service-error.ts'
import { errnoName } from './errno-name.ts'
import { type Libc, loadLibc } from './libc.ts'
import { LITTLE_ENDIAN } from './netlink/native-order.ts'
import { timeval } from './timeval.ts'

const AF_PACKET = 17
const SOCK_RAW_CLOEXEC = 3 | 0o2000000
const ETH_P_ARP = 0x0806
const SOL_SOCKET = 1
const SO_RCVTIMEO = 20
const REQUEST = 1
const REPLY = 2
/** Ethernet header and ARP for IPv4 (RFC 826). */
const FRAME_BYTES = 42
const LISTEN_MS = 600
const RECEIVE_MS = 100
/** A network that floods us must not keep us. */
const MAX_FRAMES = 2000

/**
 * Asks a network once who has an IPv4 address and returns the hardware addresses that answer. The
 * question names no sender (RFC 5227), so it changes nobody's table. Blocks for 0.6 s. Throws a
 * `ServiceError`: `arp.permission` without CAP_NET_RAW, `arp.unusable`.
 */
export async function askWhoHas(device: string, address: string): Promise<readonly string[]> {
  const target = bytesOf(address)
  const folder = `/sys/class/net/${device}`
  const [index, mac] = [await read(`${folder}/ifindex`), await read(`${folder}/address`)]
  const own = Uint8Array.from(mac.split(':').map((part) => Number.parseInt(part, 16)))
  if (own.length !== 6) throw new ServiceError('arp.unusable', `${device} is no Ethernet device`)
  const libc = await loadLibc()
  const fd = libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC, networkOrder(ETH_P_ARP))
  if (fd < 0) throw failed('open a packet socket', libc)
  try {
    const place = linkAddress(Number(index))
    if (libc.bind(fd, place, place.length) !== 0) throw failed(`listen on ${device}`, libc)
    const patience = timeval(RECEIVE_MS, libc.longBytes)
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, patience, patience.length)
    const frame = whoHas(own, target)
    if (libc.send(fd, frame, frame.length, 0) < 0) throw failed(`ask on ${device}`, libc)
    return answers(libc, fd, target)
  } finally {
    libc.close(fd)
  }
}

function answers(libc: Libc, fd: number, target: Uint8Array): readonly string[] {
  const found = new Set<string>()
  const buffer = new Uint8Array(256)
  const until = performance.now() + LISTEN_MS
  for (let frames = 0; frames < MAX_FRAMES && performance.now() < until; frames++) {
    const length = libc.recv(fd, buffer, buffer.length, 0)
    if (length < FRAME_BYTES) continue
    const isReply = buffer[20] === 0 && buffer[21] === REPLY
    if (isReply && target.every((byte, i) => buffer[28 + i] === byte)) {
      found.add(Array.from(buffer.subarray(22, 28), hex).join(':'))
    }
  }
  return [...found]
}

function whoHas(own: Uint8Array, target: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES)
  frame.fill(0xff, 0, 6)
  frame.set(own, 6)
  // EtherType ARP; Ethernet and IPv4, addresses of 6 and 4 bytes; the question.
  frame.set([8, 6, 0, 1, 8, 0, 6, 4, 0, REQUEST], 12)
  frame.set(own, 22)
  frame.set(target, 38)
  return frame
}

/** struct sockaddr_ll (packet(7)). */
function linkAddress(index: number): Uint8Array {
  const bytes = new Uint8Array(20)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_PACKET, LITTLE_ENDIAN)
  view.setUint16(2, ETH_P_ARP)
  view.setInt32(4, index, LITTLE_ENDIAN)
  return bytes
}

function networkOrder(value: number): number {
  return LITTLE_ENDIAN ? ((value & 0xff) << 8) | (value >> 8) : value
}

function bytesOf(address: string): Uint8Array {
  const bytes = Uint8Array.from(address.split('.').map(Number))
  if (bytes.length !== 4) throw new ServiceError('arp.unusable', `${address} is no IPv4 address`)
  return bytes
}

async function read(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new ServiceError('arp.unusable', `cannot read ${path}`, { cause })
  }
}

function failed(what: string, libc: Libc): ServiceError {
  const code = errnoName(libc.errno())
  const isDenied = code === 'EPERM' || code === 'EACCES'
  const message = isDenied
    ? `cannot ${what}: needs root or CAP_NET_RAW`
    : `cannot ${what} (${code})`
  return new ServiceError(isDenied ? 'arp.permission' : 'arp.unusable', message)
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
