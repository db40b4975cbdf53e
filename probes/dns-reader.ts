import { MalformedMessage } from './malformed-message.ts'

/** Bytes of a name (RFC 1035 section 2.3.4). */
const NAME_LIMIT = 255

/** Reads a DNS message from front to back. Every method throws `MalformedMessage` past the end. */
export interface DnsReader {
  readonly at: number
  uint8(): number
  uint16(): number
  uint32(): number
  bytes(length: number): Buffer
  /** With its last dot; compressed names are followed. */
  name(): string
}

/** A reader that starts at the front. */
export function readerOf(message: Buffer): DnsReader {
  return new MessageReader(message)
}

class MessageReader implements DnsReader {
  at = 0
  readonly #message: Buffer

  constructor(message: Buffer) {
    this.#message = message
  }

  uint8(): number {
    return this.#message.readUInt8(this.#skip(1))
  }

  uint16(): number {
    return this.#message.readUInt16BE(this.#skip(2))
  }

  uint32(): number {
    return this.#message.readUInt32BE(this.#skip(4))
  }

  bytes(length: number): Buffer {
    const start = this.#skip(length)
    return this.#message.subarray(start, this.at)
  }

  /**
   * RFC 1035 section 4.1.4. A pointer must lead to before itself and all pointers before it, so
   * there is no circle.
   */
  name(): string {
    let text = ''
    let size = 1
    let behind: number | undefined
    let bound = this.at
    for (let length = this.uint8(); length !== 0; length = this.uint8()) {
      if (length >= 0xc0) {
        const to = ((length & 0x3f) << 8) | this.uint8()
        behind ??= this.at
        if (to >= bound) throw new MalformedMessage('a name points forward or in a circle')
        bound = to
        this.at = to
        continue
      }
      if (length > 63) throw new MalformedMessage('a label of unknown kind')
      size += length + 1
      if (size > NAME_LIMIT) throw new MalformedMessage(`a name of over ${NAME_LIMIT} bytes`)
      text += `${escapeLabel(this.bytes(length))}.`
    }
    if (behind !== undefined) this.at = behind
    return text === '' ? '.' : text
  }

  #skip(length: number): number {
    const start = this.at
    this.at += length
    if (this.at > this.#message.length) throw new MalformedMessage('a message that ends early')
    return start
  }
}

/** RFC 1035 section 5.1: `\.` and `\032`. */
function escapeLabel(label: Buffer): string {
  return label
    .toString('latin1')
    .replace(/[^\x21-\x7e]|[.\\"();@$]/g, (character) =>
      /[\x21-\x7e]/.test(character) ? `\\${character}` : decimalEscape(character),
    )
}

/** `\DDD`: the byte in decimal. */
export function decimalEscape(character: string): string {
  return `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
}
