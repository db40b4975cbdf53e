import { BadAnswer } from './malformed-message.ts'
import type { Phase } from './network-error.ts'

/** Bytes of one message, unless the check says otherwise. */
export const MESSAGE_LIMIT = 65_536
/** Bytes a server may send on one connection. */
const EXCHANGE_LIMIT = 1_048_576

/**
 * How long the message at the start of these bytes is, in bytes; `undefined` while they do not say
 * so yet. Throws `MalformedMessage` when they are no message at all.
 */
export type Measure = (bytes: Buffer) => number | undefined

/**
 * What a server said and nobody has read yet. Throws `BadAnswer` (`<kind>.too-big`) at its bounds.
 */
export class MessageBuffer {
  readonly #phase: Phase
  #bytes: Buffer = Buffer.alloc(0)
  #total = 0

  constructor(phase: Phase) {
    this.#phase = phase
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0
  }

  append(bytes: Buffer): void {
    this.#total += bytes.length
    if (this.#total > EXCHANGE_LIMIT) throw this.#tooBig(`more than ${EXCHANGE_LIMIT} bytes`)
    this.#bytes = Buffer.concat([this.#bytes, bytes])
  }

  /** The first message, if it is whole; the bytes are the caller's. */
  take(measure: Measure, limit: number): Buffer | undefined {
    const length = measure(this.#bytes)
    if ((length ?? this.#bytes.length) > limit) throw this.#tooBig(`one of over ${limit} bytes`)
    if (length === undefined || length > this.#bytes.length) return undefined
    const message = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return message
  }

  #tooBig(got: string): BadAnswer {
    return new BadAnswer(`${this.#phase}.too-big`, `want a message, got ${got}`)
  }
}
