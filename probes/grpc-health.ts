/** Bytes of one message that is read. */
export const MESSAGE_LIMIT = 4096

const HEALTH = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const

/** ServingStatus of grpc.health.v1; a number where it is none of those known. */
export type ServingStatus = (typeof HEALTH)[number] | number

/** Path of the call. */
export const HEALTH_CHECK = '/grpc.health.v1.Health/Check'

/**
 * A HealthCheckRequest (one string, field 1) behind its length (gRPC over HTTP/2,
 * "Length-Prefixed-Message").
 */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service)
  // A proto3 field that is empty is not sent.
  const message = name.length === 0 ? name : Buffer.concat([field(1, 2), varint(name.length), name])
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/**
 * Reads a HealthCheckResponse (one enum, field 1), fields unknown to us passed over; `undefined`
 * when these bytes are not one whole message without compression. Never throws.
 */
export function readHealth(bytes: Buffer): ServingStatus | undefined {
  if (bytes.length < 5 || bytes[0] !== 0) return undefined
  if (bytes.readUInt32BE(1) !== bytes.length - 5) return undefined
  let status = 0
  for (let at = 5; at < bytes.length; ) {
    const tag = readVarint(bytes, at)
    if (tag === undefined) return undefined
    const value = skipField(bytes, tag.next, tag.value & 7)
    if (value === undefined) return undefined
    if (tag.value === 8) status = value.value
    at = value.next
  }
  return HEALTH[status] ?? status
}

interface Read {
  readonly value: number
  readonly next: number
}

/** Wire types of protobuf: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
function skipField(bytes: Buffer, at: number, wireType: number): Read | undefined {
  const read = wireType === 0 || wireType === 2 ? readVarint(bytes, at) : undefined
  if (wireType === 0) return read
  const next = wireType === 1 ? at + 8 : wireType === 5 ? at + 4 : read && read.next + read.value
  return next !== undefined && next <= bytes.length ? { value: 0, next } : undefined
}

function readVarint(bytes: Buffer, from: number): Read | undefined {
  let value = 0
  for (let at = from; at < bytes.length && at < from + 10; at++) {
    const byte = bytes[at] ?? 0
    value += (byte & 127) * 2 ** (7 * (at - from))
    if (byte < 128) return { value, next: at + 1 }
  }
  return undefined
}

function field(number: number, wireType: number): Buffer {
  return Buffer.from([(number << 3) | wireType])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left])
    bytes.push((left % 128) + 128)
  }
}
