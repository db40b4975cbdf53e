/** Address family, by its IP version. */
export type Family = 4 | 6

/** A literal address in canonical text: dotted quad, or RFC 5952 for IPv6. */
export interface IpAddress {
  readonly family: Family
  readonly text: string
}

/** Reads a literal IPv4 or IPv6 address; `undefined` for anything else (no zone, no brackets). */
export function parseIpAddress(text: string): IpAddress | undefined {
  const quad = parseQuad(text)
  if (quad !== undefined) return { family: 4, text: quad.join('.') }
  const groups = parseGroups(text)
  return groups === undefined ? undefined : { family: 6, text: canonicalGroups(groups) }
}

/** Whether an address, as `parseIpAddress` writes it, is the machine's own by definition. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

/** `10.0.0.1:80`, `[2001:db8::1]:80`. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The bytes of a canonical address, 4 or 16 of them, network order. */
export function addressBytes(text: string): Uint8Array {
  const quad = parseQuad(text)
  if (quad !== undefined) return Uint8Array.from(quad)
  const groups = parseGroups(text)
  if (groups === undefined) throw new RangeError(`not an IP address: ${text}`)
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/** The canonical text of 4 or 16 bytes in network order. */
export function addressFromBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0))
  return canonicalGroups(groups)
}

function parseQuad(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256))
  return bytes.every((byte) => byte < 256) ? bytes : undefined
}

function parseGroups(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2 || !text.includes(':')) return undefined
  const [head, tail] = halves.map((half, index) => halfGroups(half, index === halves.length - 1))
  if (head === undefined) return undefined
  if (halves.length === 1) return head.length === 8 ? head : undefined
  if (tail === undefined || head.length + tail.length > 7) return undefined
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

/** A dotted quad may only stand at the very end (RFC 4291 section 2.2). */
function halfGroups(half: string, isLast: boolean): number[] | undefined {
  if (half === '') return []
  const groups: number[] = []
  const parts = half.split(':')
  for (const [index, part] of parts.entries()) {
    const quad = isLast && index === parts.length - 1 ? parseQuad(part) : undefined
    if (quad !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = quad
      groups.push((a << 8) | b, (c << 8) | d)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/**
 * RFC 5952 section 4: lower case, no leading zeros, the longest run of two or more zero groups as
 * `::`.
 */
function canonicalGroups(groups: readonly number[]): string {
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const hex = groups.map((group) => group.toString(16))
  if (best.start < 0) return hex.join(':')
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`
}
