import { MalformedMessage } from './malformed-message.ts'

/** Arrays in arrays. */
const DEPTH_LIMIT = 8
/** Bytes of a line that holds a length, a number, a status or an error. */
const LINE_LIMIT = 1024

/** One reply of a Redis server. */
export interface RedisReply {
  /** Length on the wire, in bytes. */
  readonly length: number
  readonly isError: boolean
  /**
   * As redis-cli would print it without quotes: `PONG`, `1`, `(nil)`; an array's members line by
   * line.
   */
  readonly text: string
}

/** A command as an array of bulk strings (RESP 2). */
export function encodeCommand(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`)
}

/**
 * The reply at the start of these bytes; `undefined` while it is not whole. RESP 2, the protocol of
 * every server that was not asked for another.
 *
 * @throws MalformedMessage when it is none.
 */
export function decodeReply(bytes: Buffer, at = 0, depth = 0): RedisReply | undefined {
  const line = readLine(bytes, at)
  if (line === undefined) return undefined
  const rest = line.slice(1)
  const end = at + line.length + 2
  switch (line[0]) {
    case '+':
    case '-':
      return { length: end - at, isError: line[0] === '-', text: rest }
    case ':':
      if (!/^[+-]?\d+$/.test(rest)) throw malformed(line)
      return { length: end - at, isError: false, text: rest }
    case '$':
      return decodeBulk(bytes, at, end, count(line))
    case '*':
      if (depth >= DEPTH_LIMIT) throw new MalformedMessage('want a reply, got arrays too deep')
      return decodeArray(bytes, at, end, count(line), depth + 1)
    default:
      throw malformed(line)
  }
}

function decodeBulk(
  bytes: Buffer,
  at: number,
  start: number,
  size: number,
): RedisReply | undefined {
  if (size < 0) return { length: start - at, isError: false, text: '(nil)' }
  const end = start + size
  if (bytes.length < end + 2) return undefined
  if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw malformed('a string without its end')
  return { length: end + 2 - at, isError: false, text: bytes.toString('utf8', start, end) }
}

function decodeArray(
  bytes: Buffer,
  at: number,
  start: number,
  size: number,
  depth: number,
): RedisReply | undefined {
  if (size < 0) return { length: start - at, isError: false, text: '(nil)' }
  const members: string[] = []
  let end = start
  while (members.length < size) {
    const member = decodeReply(bytes, end, depth)
    if (member === undefined) return undefined
    members.push(member.text)
    end += member.length
  }
  return { length: end - at, isError: false, text: members.join('\n') }
}

function readLine(bytes: Buffer, at: number): string | undefined {
  const end = bytes.indexOf('\r\n', at, 'latin1')
  const line = bytes.toString('latin1', at, Math.min(end < 0 ? bytes.length : end, at + LINE_LIMIT))
  if (line !== '' && !/^[-+:$*]/.test(line)) throw malformed(line)
  if ((end < 0 ? bytes.length : end) - at >= LINE_LIMIT) throw malformed('a line without end')
  if (end === at) throw malformed('an empty line')
  return end < 0 ? undefined : line
}

function count(line: string): number {
  if (!/^.(-1|\d{1,9})$/.test(line)) throw malformed(line)
  return Number(line.slice(1))
}

function malformed(got: string): MalformedMessage {
  return new MalformedMessage(`want a reply of Redis, got ${JSON.stringify(got.slice(0, 60))}`)
}
