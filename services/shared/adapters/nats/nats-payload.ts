import { deflateSync, inflateSync } from 'node:zlib'
import { headers, type MsgHdrs } from 'nats'
import { ServiceError } from '../../runtime/service-error.ts'

/** The header of a payload that was deflated (RFC 1950) on its way. */
export const ENCODING_HEADER = 'LVS-Encoding'

const DEFLATE = 'deflate'
/** NATS takes one megabyte a message by default; tables of JSON shrink to a tenth. */
const DEFLATE_FROM_BYTES = 64 * 1024
/** Fast rather than small: a table of ten thousand servers is on its way within milliseconds. */
const LEVEL = 1
/** No payload of ours is near it; a hostile one ends here. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024

/** A payload as it travels. */
export interface PackedPayload {
  readonly data: Uint8Array
  readonly headers?: MsgHdrs
}

/**
 * Deflates what is large, unless that makes it no smaller. Always a copy: the client writes later,
 * when the caller may use its buffer for something else. (`Buffer.from` takes small ones from a
 * pool, which is several times as fast as a new array each.)
 */
export function packPayload(payload: Uint8Array): PackedPayload {
  if (payload.length < DEFLATE_FROM_BYTES) return { data: Buffer.from(payload) }
  const data = deflateSync(payload, { level: LEVEL })
  if (data.length >= payload.length) return { data: Buffer.from(payload) }
  const marked = headers()
  marked.set(ENCODING_HEADER, DEFLATE)
  return { data, headers: marked }
}

/**
 * What was packed; a plain one is a piece of what came over the socket. Throws a `ServiceError`
 * `bus.garbled` for what says that it is deflated and is not.
 */
export function unpackPayload(data: Uint8Array, encoding: string | undefined): Uint8Array {
  if (encoding === undefined || encoding === '') {
    return new Uint8Array(data.buffer, data.byteOffset, data.length)
  }
  try {
    if (encoding !== DEFLATE) throw new Error(`unknown encoding ${JSON.stringify(encoding)}`)
    return new Uint8Array(inflateSync(data, { maxOutputLength: MAX_INFLATED_BYTES }))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError('bus.garbled', `a payload cannot be read: ${reason}`, { cause: error })
  }
}
