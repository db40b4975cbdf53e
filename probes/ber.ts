import { MalformedMessage } from './malformed-message.ts'

/** Elements in elements. */
const DEPTH_LIMIT = 12
/** Elements of one message. */
const COUNT_LIMIT = 10_000
/** Bit of a tag: the value is made of elements (X.690 section 8.1.2.5). */
const CONSTRUCTED = 0x20

/**
 * One element of ASN.1 in BER, as LDAP uses it: tags of one byte, definite lengths (RFC 4511
 * section 5.1).
 */
export interface BerElement {
  readonly tag: number
  readonly value: Buffer
  /** Elements of the value, if it is made of them. */
  readonly children: readonly BerElement[]
}

/** Encodes an element; several values are put one after the other. */
export function encodeBer(tag: number, ...values: readonly (Buffer | string)[]): Buffer {
  const value = Buffer.concat(values.map((part) => Buffer.from(part)))
  const size: number[] = []
  for (let rest = value.length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256)
  const length = value.length < 0x80 ? [value.length] : [0x80 + size.length, ...size]
  return Buffer.concat([Buffer.of(tag, ...length), value])
}

/** An integer from 0 to 2^31 - 1, in as few bytes as it needs. */
export function encodeBerInteger(tag: number, number: number): Buffer {
  const bytes: number[] = []
  for (let rest = number; bytes.length === 0 || rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return encodeBer(tag, Buffer.of(...((bytes[0] ?? 0) >= 0x80 ? [0] : []), ...bytes))
}

/**
 * The number that an integer or enumerated element holds; throws `MalformedMessage` where it is
 * none.
 */
export function berNumber(element: BerElement | undefined): number {
  const { value } = element ?? { value: Buffer.alloc(0) }
  if (value.length === 0 || value.length > 4) throw new MalformedMessage('want a number')
  return value.readIntBE(0, value.length)
}

/**
 * How long the element at the start of these bytes is, head included; `undefined` while they do not
 * say so yet.
 *
 * @throws MalformedMessage when the tag or the length is of a form that LDAP does not use.
 */
export function berSize(bytes: Buffer, at = 0): number | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag !== undefined && (tag & 0x1f) === 0x1f) throw new MalformedMessage('a tag of many bytes')
  if (first === undefined) return undefined
  if (first < 0x80) return 2 + first
  const count = first & 0x7f
  if (count === 0 || count > 4) throw new MalformedMessage(`a length in ${count} bytes`)
  return bytes.length < at + 2 + count ? undefined : 2 + count + bytes.readUIntBE(at + 2, count)
}

/**
 * Reads one element that takes up all of these bytes.
 *
 * @throws MalformedMessage when it does not, or is too deep or made of too many.
 */
export function decodeBer(bytes: Buffer): BerElement {
  const budget = { left: COUNT_LIMIT }
  const { element, size } = decodeAt(bytes, 0, 0, budget)
  if (size !== bytes.length) throw new MalformedMessage('bytes behind the element')
  return element
}

function decodeAt(bytes: Buffer, at: number, depth: number, budget: { left: number }) {
  const size = berSize(bytes, at)
  if (size === undefined || at + size > bytes.length) {
    throw new MalformedMessage('an element that goes past the end')
  }
  budget.left -= 1
  if (depth > DEPTH_LIMIT || budget.left < 0) throw new MalformedMessage('too many elements')
  const tag = bytes.readUInt8(at)
  const first = bytes.readUInt8(at + 1)
  const value = bytes.subarray(at + 2 + (first < 0x80 ? 0 : first & 0x7f), at + size)
  const children: BerElement[] = []
  if ((tag & CONSTRUCTED) !== 0) {
    for (let from = 0; from < value.length; ) {
      const child = decodeAt(value, from, depth + 1, budget)
      children.push(child.element)
      from += child.size
    }
  }
  const element: BerElement = { tag, value, children }
  return { element, size }
}
