import { MalformedMessage } from './malformed-message.ts'

/** One message of a PostgreSQL server (protocol 3.0, "Message Formats" in its manual). */
export interface PostgresMessage {
  /** `R` authentication, `E` error, `Z` ready, `D` row, … */
  readonly type: string
  readonly body: Buffer
}

/** An error or notice. */
export interface PostgresError {
  /** SQLSTATE, five letters or digits. */
  readonly code: string
  readonly text: string
}

const PROTOCOL_3 = 196_608
const SSL_REQUEST = 80_877_103

/** Asks to go over to TLS; the answer is one letter. */
export function sslRequest(): Buffer {
  return withLength(uint32(SSL_REQUEST))
}

/** The first message: who logs in to what. */
export function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`)
  return withLength(Buffer.concat([uint32(PROTOCOL_3), Buffer.from(`${text.join('')}\0`)]))
}

/** A message with a type: `p` an answer to an authentication request, `Q` a query, `X` the end. */
export function clientMessage(
  type: 'p' | 'Q' | 'X',
  ...parts: readonly (string | Buffer)[]
): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([Buffer.from(type), withLength(body)])
}

/** The first answer of a SASL mechanism, with its length. */
export function saslInitial(mechanism: string, text: string): Buffer {
  const start = `${mechanism}\0`
  return clientMessage('p', start, uint32(Buffer.byteLength(text)), text)
}

/**
 * How long the message at the start of these bytes is; throws `MalformedMessage` when they are
 * none.
 */
export function measureMessage(bytes: Buffer): number | undefined {
  const type = bytes[0]
  if (type !== undefined && !/[A-Za-z0-9]/.test(String.fromCharCode(type))) {
    throw new MalformedMessage('want a message of PostgreSQL, got something else')
  }
  if (bytes.length < 5) return undefined
  const length = bytes.readUInt32BE(1)
  if (length < 4) throw new MalformedMessage(`a message of length ${length}`)
  return length + 1
}

/** Splits a whole message. */
export function decodeMessage(bytes: Buffer): PostgresMessage {
  return { type: bytes.toString('latin1', 0, 1), body: bytes.subarray(5) }
}

/** The code of an authentication request and what comes with it. */
export function decodeAuthentication(body: Buffer): { code: number; data: Buffer } {
  if (body.length < 4) throw new MalformedMessage('an authentication request without a code')
  return { code: body.readUInt32BE(0), data: body.subarray(4) }
}

/**
 * Reads the fields of an error or notice.
 *
 * @throws MalformedMessage when it has no SQLSTATE.
 */
export function decodeError(body: Buffer): PostgresError {
  const fields = body.toString().split('\0')
  const field = (letter: string): string =>
    fields.find((text) => text.startsWith(letter))?.slice(1) ?? ''
  const code = field('C')
  if (!/^[0-9A-Z]{5}$/.test(code)) throw new MalformedMessage('an error without an SQLSTATE')
  return { code, text: `${field('S')} ${code}: ${field('M')}` }
}

/**
 * The first column of a row as text; `null` for NULL and for a row of no columns.
 *
 * @throws MalformedMessage when it does not fit into the row.
 */
export function decodeFirstColumn(body: Buffer): string | null {
  if (body.length < 2) throw new MalformedMessage('a row without a count')
  if (body.readUInt16BE(0) === 0) return null
  if (body.length < 6) throw new MalformedMessage('a row that ends early')
  const length = body.readInt32BE(2)
  if (length < 0) return null
  if (body.length < 6 + length) throw new MalformedMessage('a column that goes past its row')
  return body.toString('utf8', 6, 6 + length)
}

/** A message as it is shown to people. */
export function shownMessage({ type, body }: PostgresMessage): string {
  switch (type) {
    case 'R':
      return `Authentication ${decodeAuthentication(body).code}`
    case 'E':
      return decodeError(body).text
    case 'D':
      return `DataRow ${decodeFirstColumn(body) ?? 'NULL'}`
    case 'Z':
      return 'ReadyForQuery'
    default:
      return `${type} (${body.length} bytes)`
  }
}

function withLength(body: Buffer): Buffer {
  return Buffer.concat([uint32(body.length + 4), body])
}

function uint32(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}
