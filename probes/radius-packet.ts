import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { MalformedMessage } from './malformed-message.ts'

/** What both sides know of one request. */
export interface RadiusRequest {
  /** 0 to 255. */
  readonly id: number
  /** 16 random bytes. */
  readonly authenticator: Buffer
  /** The secret that the server shares with us. */
  readonly secret: string
}

/** An answer to an Access-Request. */
export interface RadiusResponse {
  /** `Access-Accept`, `Access-Reject`, `Access-Challenge`, or `code 9`. */
  readonly code: string
  /**
   * Who wrote it knows the secret: its authenticator, and its Message-Authenticator if it has one,
   * are right.
   */
  readonly isAuthentic: boolean
  /** Texts of its Reply-Message attributes. */
  readonly message: string
}

const HEADER_LENGTH = 20
/** RFC 2865 section 3. */
const PACKET_LIMIT = 4096
const ACCESS_REQUEST = 1
const CODES: Readonly<Record<number, string>> = {
  2: 'Access-Accept',
  3: 'Access-Reject',
  11: 'Access-Challenge',
}
/** RFC 2865 section 5, RFC 2869 section 5.14. */
const USER_NAME = 1
const USER_PASSWORD = 2
const REPLY_MESSAGE = 18
const NAS_IDENTIFIER = 32
const MESSAGE_AUTHENTICATOR = 80

/** An Access-Request with a password in the clear for those who know the secret (PAP). */
export function encodeAccessRequest(
  request: RadiusRequest,
  user: string,
  password: string,
): Buffer {
  const attributes = Buffer.concat([
    // First, so that nobody can put anything in front of it (draft-ietf-radext-deprecating-radius).
    attribute(MESSAGE_AUTHENTICATOR, Buffer.alloc(16)),
    attribute(USER_NAME, Buffer.from(user)),
    attribute(USER_PASSWORD, hidePassword(Buffer.from(password), request)),
    attribute(NAS_IDENTIFIER, Buffer.from('lvs-warden')),
  ])
  const header = Buffer.of(ACCESS_REQUEST, request.id, 0, 0)
  header.writeUInt16BE(HEADER_LENGTH + attributes.length, 2)
  const packet = Buffer.concat([header, request.authenticator, attributes])
  createHmac('md5', request.secret)
    .update(packet)
    .digest()
    .copy(packet, HEADER_LENGTH + 2)
  return packet
}

/**
 * Reads an answer to a request; `undefined` when it answers another one.
 *
 * @throws MalformedMessage when it is no RADIUS packet.
 */
export function decodeResponse(bytes: Buffer, request: RadiusRequest): RadiusResponse | undefined {
  if (bytes.length < HEADER_LENGTH) throw new MalformedMessage(`want 20 bytes, got ${bytes.length}`)
  const length = bytes.readUInt16BE(2)
  if (length < HEADER_LENGTH || length > bytes.length || length > PACKET_LIMIT) {
    throw new MalformedMessage(`a packet of ${bytes.length} bytes that says it has ${length}`)
  }
  if (bytes[1] !== request.id) return undefined
  // What is behind the length is padding (RFC 2865 section 3).
  const packet = Buffer.from(bytes.subarray(0, length))
  const received = Buffer.from(packet.subarray(4, HEADER_LENGTH))
  request.authenticator.copy(packet, 4)
  const wanted = createHash('md5').update(packet).update(request.secret).digest()
  const { message, messageAuthenticator } = readAttributes(packet)
  const isAuthentic =
    timingSafeEqual(wanted, received) && isMessageAuthentic(packet, messageAuthenticator, request)
  const code = CODES[packet.readUInt8(0)] ?? `code ${packet.readUInt8(0)}`
  return { code, isAuthentic, message }
}

/** RFC 2865 section 5.2. */
function hidePassword(password: Buffer, { secret, authenticator }: RadiusRequest): Buffer {
  const hidden = Buffer.alloc(Math.max(16, Math.ceil(password.length / 16) * 16))
  password.copy(hidden)
  let previous = authenticator
  for (let at = 0; at < hidden.length; at += 16) {
    const pad = createHash('md5').update(secret).update(previous).digest()
    for (const [index, byte] of pad.entries()) hidden[at + index] = (hidden[at + index] ?? 0) ^ byte
    previous = hidden.subarray(at, at + 16)
  }
  return hidden
}

/**
 * RFC 2869 section 5.14: over the packet with the request's authenticator and its own value as
 * zeros.
 */
function isMessageAuthentic(
  packet: Buffer,
  at: number | undefined,
  { secret }: RadiusRequest,
): boolean {
  if (at === undefined) return true
  const received = Buffer.from(packet.subarray(at, at + 16))
  packet.fill(0, at, at + 16)
  return timingSafeEqual(createHmac('md5', secret).update(packet).digest(), received)
}

function readAttributes(packet: Buffer) {
  const messages: string[] = []
  let messageAuthenticator: number | undefined
  for (let at = HEADER_LENGTH; at < packet.length; ) {
    const size = packet[at + 1] ?? 0
    if (size < 2 || at + size > packet.length) {
      throw new MalformedMessage('an attribute that goes past the end')
    }
    const type = packet[at]
    if (type === REPLY_MESSAGE) messages.push(packet.toString('utf8', at + 2, at + size))
    if (type === MESSAGE_AUTHENTICATOR) {
      if (size !== 18) throw new MalformedMessage('a Message-Authenticator of a wrong length')
      messageAuthenticator = at + 2
    }
    at += size
  }
  return { message: messages.join(' '), messageAuthenticator }
}

function attribute(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type, value.length + 2), value])
}
