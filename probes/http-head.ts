/** Where the body starts in a head that may end in bare LF lines, or -1. */
export function endOfHead(head: string, from: number): number {
  for (let at = head.indexOf('\n', from); at >= 0; at = head.indexOf('\n', at + 1)) {
    if (head.charCodeAt(at + 1) === 10) return at + 2
    if (head.startsWith('\r\n', at + 1)) return at + 3
  }
  return -1
}

/** Equal repetitions are one length; contradictions are none, and the close ends the body. */
export function contentLength(head: string): number | undefined {
  const values = [...head.matchAll(/^content-length:([^\r\n]*)/gim)].flatMap(([, value = '']) =>
    value.split(',').map((part) => part.trim()),
  )
  const [first] = values
  const isOne = first !== undefined && values.every((value) => value === first)
  return isOne && /^\d{1,15}$/.test(first) ? Number(first) : undefined
}

/** The body comes in chunks (RFC 9112 section 6.1). */
export function isChunked(head: string): boolean {
  return /^transfer-encoding:.*\bchunked[ \t]*\r?$/im.test(head)
}
