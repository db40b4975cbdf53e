/** Bytes of pairs of hexadecimal digits; spaces may stand anywhere. */
export function readHex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex')
}

/**
 * Whether bytes start with this pattern of hexadecimal digits, where `x` stands for any digit, as
 * in keepalived's UDP_CHECK. Spaces are nothing; an empty pattern fits everything.
 */
export function matchesHex(bytes: Buffer, pattern: string): boolean {
  const wanted = pattern.replace(/\s/g, '').toLowerCase()
  const got = bytes.subarray(0, wanted.length / 2).toString('hex')
  if (got.length < wanted.length) return false
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] !== 'x' && wanted[i] !== got[i]) return false
  }
  return true
}
