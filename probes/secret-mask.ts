import type { Transcript } from './check.ts'
import { MASK } from './secret.ts'

/** Shorter texts are too common to be masked wherever they appear. */
const SHORTEST = 4

/**
 * A transcript that shows no secret that it was told of, wherever it appears, an echo of the
 * server's included.
 */
export class SecretMask implements Transcript {
  readonly #transcript: Transcript | undefined
  readonly #secrets: string[] = []

  constructor(transcript: Transcript | undefined) {
    this.#transcript = transcript
  }

  /** Masks these from now on. */
  conceal(...secrets: readonly string[]): void {
    this.#secrets.push(...secrets.filter(({ length }) => length >= SHORTEST))
  }

  /** The text without the secrets. */
  mask(text: string): string {
    return this.#secrets.reduce((shown, secret) => shown.replaceAll(secret, MASK), text)
  }

  sent(text: string): void {
    this.#transcript?.sent(this.mask(text))
  }

  received(text: string): void {
    this.#transcript?.received(this.mask(text))
  }

  note(text: string): void {
    this.#transcript?.note(this.mask(text))
  }
}
