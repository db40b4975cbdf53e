/** Bytes of payload that tell our echoes from everybody else's. */
export const COOKIE_LENGTH = 16

const ECHO_REQUEST = { 4: 8, 6: 128 } as const
const ECHO_REPLY = { 4: 0, 6: 129 } as const
/** Answers of routers and hosts that a packet could not be delivered. */
const UNREACHABLE = { 4: 3, 6: 1 } as const

/** What an ICMP packet that concerns an echo of ours says. */
export type IcmpAnswer =
  | {
      readonly type: 'reply'
      readonly id: number
      readonly sequence: number
      readonly cookie: Buffer
    }
  | {
      readonly type: 'unreachable'
      readonly id: number
      readonly sequence: number
      /** RFC 792, RFC 4443 section 3.1. */
      readonly code: number
    }

/** An echo request (RFC 792; RFC 4443 section 4.1, whose checksum the kernel fills in). */
export function echoRequest(
  family: 4 | 6,
  id: number,
  sequence: number,
  cookie: Uint8Array,
): Buffer {
  const packet = Buffer.alloc(8 + cookie.length)
  packet[0] = ECHO_REQUEST[family]
  packet.writeUInt16BE(id, 4)
  packet.writeUInt16BE(sequence, 6)
  packet.set(cookie, 8)
  if (family === 4) packet.writeUInt16BE(checksum(packet), 2)
  return packet
}

/**
 * Gives an echo request another sequence and another number at the end of its cookie: one packet
 * serves for all echoes.
 */
export function renumber(packet: Buffer, family: 4 | 6, sequence: number, number: number): void {
  packet.writeUInt16BE(sequence, 6)
  packet.writeUInt32BE(number, packet.length - 4)
  if (family === 6) return
  packet.writeUInt16BE(0, 2)
  packet.writeUInt16BE(checksum(packet), 2)
}

/** Reads an ICMP message; `undefined` when it is nothing we asked for. Never throws. */
export function readAnswer(
  family: 4 | 6,
  bytes: Buffer,
  hasIpHeader: boolean,
): IcmpAnswer | undefined {
  const start = hasIpHeader ? ((bytes[0] ?? 0) & 15) * 4 : 0
  const message = start === 0 ? bytes : bytes.subarray(start)
  if (message.length < 8) return undefined
  if (message[0] === ECHO_REPLY[family]) {
    const [id, sequence] = [message.readUInt16BE(4), message.readUInt16BE(6)]
    return { type: 'reply', id, sequence, cookie: message.subarray(8, 8 + COOKIE_LENGTH) }
  }
  if (message[0] !== UNREACHABLE[family]) return undefined
  const quoted = message.subarray(8)
  const echo = quoted.subarray(family === 4 ? ((quoted[0] ?? 0) & 15) * 4 : 40)
  if (echo.length < 8 || echo[0] !== ECHO_REQUEST[family]) return undefined
  const [id, sequence] = [echo.readUInt16BE(4), echo.readUInt16BE(6)]
  return { type: 'unreachable', id, sequence, code: message[1] ?? 0 }
}

/** RFC 1071. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
