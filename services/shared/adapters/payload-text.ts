/**
 * Bytes in a line of JSON: as text (`t`) where they are UTF-8, for people who read the file; else
 * base64 (`b`).
 */
export interface PayloadText {
  readonly t?: string
  readonly b?: string
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes to text; any bytes come back the same from `decodePayload`. */
export function encodePayload(bytes: Uint8Array): PayloadText {
  try {
    return { t: strict.decode(bytes) }
  } catch {
    return { b: Buffer.from(bytes).toString('base64') }
  }
}

/** Text to bytes; `undefined` when there is neither form. */
export function decodePayload({ t, b }: PayloadText): Uint8Array | undefined {
  if (t !== undefined) return new TextEncoder().encode(t)
  return b === undefined ? undefined : new Uint8Array(Buffer.from(b, 'base64'))
}
