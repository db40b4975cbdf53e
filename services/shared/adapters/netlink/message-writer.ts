import { LITTLE_ENDIAN } from './native-order.ts'

const NLA_F_NESTED = 0x8000
const INITIAL_BYTES = 16 * 1024

/**
 * Builds generic netlink messages one behind the other, for one send (linux/netlink.h,
 * linux/genetlink.h). Everything is aligned to 4 bytes. The memory is used again after `clear`.
 */
export class MessageWriter {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  #messageStart = 0

  /** Forgets what was written. */
  clear(): void {
    this.#length = 0
  }

  /** What was written so far; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Starts a message: `type` is the family, `command` and `version` are the family's own. */
  begin(header: {
    readonly type: number
    readonly flags: number
    readonly sequence: number
    readonly command: number
    readonly version: number
  }): void {
    const at = this.#reserve(20)
    this.#messageStart = at
    this.#view.setUint16(at + 4, header.type, LITTLE_ENDIAN)
    this.#view.setUint16(at + 6, header.flags, LITTLE_ENDIAN)
    this.#view.setUint32(at + 8, header.sequence, LITTLE_ENDIAN)
    this.#view.setUint8(at + 16, header.command)
    this.#view.setUint8(at + 17, header.version)
  }

  /** Ends the message: its length is known now. */
  end(): void {
    this.#view.setUint32(this.#messageStart, this.#length - this.#messageStart, LITTLE_ENDIAN)
  }

  /** Adds a byte. */
  u8(type: number, value: number): void {
    this.#view.setUint8(this.#attribute(type, 1), value)
  }

  /** Adds 16 bits in the machine's order. */
  u16(type: number, value: number): void {
    this.#view.setUint16(this.#attribute(type, 2), value, LITTLE_ENDIAN)
  }

  /** Adds 16 bits in network order. */
  be16(type: number, value: number): void {
    this.#view.setUint16(this.#attribute(type, 2), value)
  }

  /** Adds 32 bits in the machine's order. */
  u32(type: number, value: number): void {
    this.#view.setUint32(this.#attribute(type, 4), value, LITTLE_ENDIAN)
  }

  /** Adds 32 bits in network order. */
  be32(type: number, value: number): void {
    this.#view.setUint32(this.#attribute(type, 4), value)
  }

  /** Adds two words of 32 bits in the machine's order. */
  u32Pair(type: number, first: number, second: number): void {
    const at = this.#attribute(type, 8)
    this.#view.setUint32(at, first, LITTLE_ENDIAN)
    this.#view.setUint32(at + 4, second, LITTLE_ENDIAN)
  }

  /** Adds bytes, filled up with zeros to `size`. */
  padded(type: number, value: Uint8Array, size: number): void {
    const at = this.#attribute(type, size)
    this.#bytes.set(value, at)
  }

  /** Adds ASCII text with its terminating zero. */
  text(type: number, value: string): void {
    const at = this.#attribute(type, value.length + 1)
    for (let i = 0; i < value.length; i++) this.#bytes[at + i] = value.charCodeAt(i)
  }

  /** Starts a nested attribute; hand the result to `endNest`. */
  beginNest(type: number): number {
    const at = this.#reserve(4)
    this.#view.setUint16(at + 2, type | NLA_F_NESTED, LITTLE_ENDIAN)
    return at
  }

  /** Ends a nested attribute. */
  endNest(at: number): void {
    this.#view.setUint16(at, this.#length - at, LITTLE_ENDIAN)
  }

  /** Writes an attribute's head and returns where its value goes, zeroed. */
  #attribute(type: number, size: number): number {
    const at = this.#reserve(4 + size)
    this.#view.setUint16(at, 4 + size, LITTLE_ENDIAN)
    this.#view.setUint16(at + 2, type, LITTLE_ENDIAN)
    return at + 4
  }

  #reserve(size: number): number {
    const at = this.#length
    const end = at + ((size + 3) & ~3)
    if (end > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(end, this.#bytes.length * 2))
      bytes.set(this.#bytes.subarray(0, at))
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer)
    }
    this.#bytes.fill(0, at, end)
    this.#length = end
    return at
  }
}
