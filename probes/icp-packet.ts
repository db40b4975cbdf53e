const VERSION = 2
const HEADER_LENGTH = 20
const QUERY = 1

/** An ICP message, as far as it matters here. */
export interface IcpMessage {
  readonly opcode: number
  readonly number: number
  readonly url: string
}

/** A query (RFC 2186 section 3): header, requester's address (0: unknown), URL, NUL. */
export function icpQuery(number: number, url: string): Buffer {
  const message = Buffer.alloc(HEADER_LENGTH + 4 + url.length + 1)
  message[0] = QUERY
  message[1] = VERSION
  message.writeUInt16BE(message.length, 2)
  message.writeUInt32BE(number, 4)
  message.write(url, HEADER_LENGTH + 4, 'latin1')
  return message
}

/** Reads an answer; `undefined` when it is no ICP of this version. Never throws. */
export function readIcp(bytes: Buffer): IcpMessage | undefined {
  if (bytes.length < HEADER_LENGTH || bytes[1] !== VERSION) return undefined
  if (bytes.readUInt16BE(2) !== bytes.length) return undefined
  const end = bytes.indexOf(0, HEADER_LENGTH)
  const url = bytes.toString('latin1', HEADER_LENGTH, end < 0 ? bytes.length : end)
  return { opcode: bytes[0] ?? 0, number: bytes.readUInt32BE(4), url }
}
