import { LITTLE_ENDIAN } from './native-order.ts'

const TYPE_MASK = 0x3fff
const TWO_TO_32 = 2 ** 32

/**
 * The attributes of one message or nest, found by type; of two with one type the last counts.
 * A length that runs past the end stops the walk, so hostile bytes cannot read outside.
 */
export class Attributes {
  readonly #view: DataView
  /** Offset and size of each type's value, at twice the type. */
  readonly #places: number[] = []

  constructor(bytes: Uint8Array, start = 0) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = start
    while (at + 4 <= bytes.length) {
      const size = this.#view.getUint16(at, LITTLE_ENDIAN)
      if (size < 4 || at + size > bytes.length) return
      const type = this.#view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE_MASK
      this.#places[type * 2] = at + 4
      this.#places[type * 2 + 1] = size - 4
      at += (size + 3) & ~3
    }
  }

  /**
   * An unsigned number in the machine's order, of whatever width it was sent; above 2^53 inexact.
   */
  number(type: number): number | undefined {
    const at = this.#places[type * 2]
    if (at === undefined) return undefined
    switch (this.#places[type * 2 + 1]) {
      case 1:
        return this.#view.getUint8(at)
      case 2:
        return this.#view.getUint16(at, LITTLE_ENDIAN)
      case 4:
        return this.#view.getUint32(at, LITTLE_ENDIAN)
      case 8: {
        const first = this.#view.getUint32(at, LITTLE_ENDIAN)
        const second = this.#view.getUint32(at + 4, LITTLE_ENDIAN)
        return LITTLE_ENDIAN ? second * TWO_TO_32 + first : first * TWO_TO_32 + second
      }
      default:
        return undefined
    }
  }

  /** The first 32 bits in the machine's order, whatever follows (`struct ip_vs_flags`). */
  firstWord(type: number): number | undefined {
    const at = this.#place(type, 4)
    return at === undefined ? undefined : this.#view.getUint32(at, LITTLE_ENDIAN)
  }

  /** 16 bits in network order. */
  be16(type: number): number | undefined {
    const at = this.#place(type, 2)
    return at === undefined ? undefined : this.#view.getUint16(at)
  }

  /** 32 bits in network order. */
  be32(type: number): number | undefined {
    const at = this.#place(type, 4)
    return at === undefined ? undefined : this.#view.getUint32(at)
  }

  /** The value's bytes, or its first `size` of them. */
  bytes(type: number, size?: number): Uint8Array | undefined {
    const at = this.#place(type, size ?? 0)
    if (at === undefined) return undefined
    const length = size ?? this.#places[type * 2 + 1] ?? 0
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length)
  }

  /** Text up to its terminating zero. */
  text(type: number): string | undefined {
    const bytes = this.bytes(type)
    if (bytes === undefined) return undefined
    const end = bytes.indexOf(0)
    return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end))
  }

  /** The attributes inside a nested one. */
  nested(type: number): Attributes | undefined {
    const bytes = this.bytes(type)
    return bytes === undefined ? undefined : new Attributes(bytes)
  }

  #place(type: number, least: number): number | undefined {
    return (this.#places[type * 2 + 1] ?? -1) < least ? undefined : this.#places[type * 2]
  }
}
