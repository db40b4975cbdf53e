import { BadAnswer, MalformedMessage } from './malformed-message.ts'
import { show } from './show.ts'

/** The server's first packet (protocol 10, "Connection Phase" in MySQL's internals manual). */
export interface MysqlGreeting {
  readonly version: string
  /** What the server can do, a bit each, see `CAPABILITY`. */
  readonly capabilities: number
  /** 20 random bytes that the answer to a password is made with. */
  readonly nonce: Buffer
  /** How the server would like us to log in. */
  readonly method: string
}

/** Bits of capabilities that we look at or set. */
export const CAPABILITY = {
  longPassword: 1,
  connectWithDatabase: 8,
  protocol41: 0x200,
  tls: 0x800,
  transactions: 0x2000,
  secureConnection: 0x8000,
  pluginAuth: 0x8_0000,
} as const

/** First bytes of packets. */
export const PACKET = { ok: 0x00, more: 0x01, end: 0xfe, error: 0xff } as const

const UTF8MB4 = 45
const PACKET_MAX = 65_535

/**
 * How long the packet at the start of these bytes is: three bytes of length, low first, and a
 * number.
 */
export function measurePacket(bytes: Buffer): number | undefined {
  return bytes.length < 4 ? undefined : bytes.readUIntLE(0, 3) + 4
}

/** Puts the head before a payload. */
export function encodePacket(sequence: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUIntLE(payload.length, 0, 3)
  head.writeUInt8(sequence & 0xff, 3)
  return Buffer.concat([head, payload])
}

/**
 * Reads the greeting, which is no error.
 *
 * @throws MalformedMessage when it is of another protocol or ends early.
 */
export function decodeGreeting(payload: Buffer): MysqlGreeting {
  if (payload[0] !== 10) throw new MalformedMessage(`want protocol 10, got ${payload[0] ?? 'none'}`)
  const end = payload.indexOf(0, 1)
  const rest = payload.subarray(end + 1)
  if (end < 0 || rest.length < 31) throw new MalformedMessage('a greeting that ends early')
  const capabilities = rest.readUInt16LE(13) + rest.readUInt16LE(18) * 0x1_0000
  const methodAt = 31 + Math.max(13, rest.readUInt8(20) - 8)
  const nonce = Buffer.concat([rest.subarray(4, 12), rest.subarray(31, methodAt - 1)])
  if (nonce.length < 20) throw new MalformedMessage('a greeting without 20 random bytes')
  const method = textUntilNul(rest, methodAt)
  return { version: payload.toString('utf8', 1, end), capabilities, nonce, method }
}

/** Asks to go over to TLS; the rest of the answer to the greeting follows over TLS. */
export function tlsRequest(capabilities: number): Buffer {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32LE(capabilities >>> 0, 0)
  bytes.writeUInt32LE(PACKET_MAX, 4)
  bytes.writeUInt8(UTF8MB4, 8)
  return bytes
}

/** The answer to the greeting: who logs in, and how. */
export function loginRequest(
  capabilities: number,
  user: string,
  answer: Buffer,
  database: string | undefined,
  method: string,
): Buffer {
  const databaseField = database === undefined ? [] : [Buffer.from(`${database}\0`)]
  return Buffer.concat([
    tlsRequest(capabilities),
    Buffer.from(`${user}\0`),
    Buffer.of(answer.length),
    answer,
    ...databaseField,
    Buffer.from(`${method}\0`),
  ])
}

/** The text of an error packet: `1045 (28000): Access denied …`. */
export function errorText(payload: Buffer): string {
  if (payload.length < 3) throw new MalformedMessage('an error without a number')
  const text = payload.toString('utf8', 3)
  const state = /^#([0-9A-Z]{5})/.exec(text)?.[1]
  const number = payload.readUInt16LE(1)
  return state === undefined ? `${number}: ${text}` : `${number} (${state}): ${text.slice(6)}`
}

/** The failure that an error packet is. */
export function bad(code: string, payload: Buffer): BadAnswer {
  return new BadAnswer(code, `got ${show(errorText(payload))}`)
}

/** The server's wish for another method, and the random bytes for it. */
export function decodeSwitch(payload: Buffer): { method: string; nonce: Buffer } {
  const method = textUntilNul(payload, 1)
  const data = payload.subarray(1 + Buffer.byteLength(method) + 1)
  return { method, nonce: Buffer.from(data.subarray(0, 20)) }
}

/**
 * A number of one to nine bytes ("length-encoded integer") and where it ends; `undefined` for NULL.
 *
 * @throws MalformedMessage when it is cut short or beyond 2^48.
 */
export function decodeLength(bytes: Buffer): { value: number | undefined; end: number } {
  const [first] = bytes
  if (first === undefined) throw new MalformedMessage('want a number, got nothing')
  if (first < 0xfb) return { value: first, end: 1 }
  if (first === 0xfb) return { value: undefined, end: 1 }
  const size = { 252: 2, 253: 3, 254: 6 }[first]
  if (size === undefined || bytes.length < 1 + size) throw new MalformedMessage('a broken number')
  return { value: bytes.readUIntLE(1, size), end: first === 0xfe ? 9 : 1 + size }
}

/** The first column of a row as text; `null` for NULL. */
export function decodeFirstColumn(payload: Buffer): string | null {
  const { value, end } = decodeLength(payload)
  if (value === undefined) return null
  if (end + value > payload.length) throw new MalformedMessage('a column that goes past its row')
  return payload.toString('utf8', end, end + value)
}

function textUntilNul(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start)
  return bytes.toString('utf8', start, end < 0 ? bytes.length : end)
}
