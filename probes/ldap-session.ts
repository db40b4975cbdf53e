import { berSize } from './ber.ts'
import type { BinaryConnection } from './binary-connection.ts'
import type { CheckContext } from './check.ts'
import { decodeMessage, type LdapEntry, type LdapMessage, unbindRequest } from './ldap-message.ts'
import { BadAnswer, MalformedMessage } from './malformed-message.ts'
import { printable, show } from './show.ts'

/** Messages that may come before the one that ends an operation. */
const MESSAGE_COUNT_LIMIT = 100

/** One LDAP connection with one request under way at a time. */
export class LdapSession {
  readonly #connection: BinaryConnection
  readonly #context: CheckContext
  #id = 0

  constructor(connection: BinaryConnection, context: CheckContext) {
    this.#connection = connection
    this.#context = context
  }

  /** Sends a request; `shown` stands for it in the transcript. */
  say(shown: string, encode: (id: number) => Buffer): void {
    this.#id += 1
    this.#context.transcript?.sent(printable(shown))
    this.#connection.write(encode(this.#id))
  }

  /**
   * Waits for the response with this tag, and wants it to be a success. Returns the first entry
   * that came before it.
   *
   * @throws BadAnswer with this code when it is none.
   */
  async expectSuccess(operation: number, code: string): Promise<LdapEntry | undefined> {
    let entry: LdapEntry | undefined
    for (let count = 0; count < MESSAGE_COUNT_LIMIT; count += 1) {
      const message = await this.#hear()
      entry ??= message.entry
      if (message.operation !== operation || message.result === undefined) continue
      if (message.result.code === 0) return entry
      throw new BadAnswer(code, `want success, got ${show(message.result.text)}`)
    }
    throw new MalformedMessage(`want an end, got ${MESSAGE_COUNT_LIMIT} messages before it`)
  }

  /** The last words, after which there is nothing to be heard. */
  goodbye(): Buffer {
    this.#context.transcript?.sent('unbind')
    return unbindRequest(this.#id + 1)
  }

  async #hear(): Promise<LdapMessage> {
    const message = decodeMessage(await this.#connection.read((bytes) => berSize(bytes), 'answer'))
    const { entry, result, id } = message
    const shown = entry === undefined ? result?.text : shownEntry(entry)
    this.#context.transcript?.received(printable(shown ?? 'another message'))
    if (id === this.#id) return message
    // RFC 4511 section 4.4.1: what a server says without being asked is that it hangs up.
    if (id !== 0) throw new MalformedMessage(`want an answer to request ${this.#id}, got to ${id}`)
    const got = show(result?.text ?? 'a notice')
    throw new BadAnswer('ldap.disconnected', `want an answer, got ${got}`)
  }
}

function shownEntry({ dn, attributes }: LdapEntry): string {
  const lines = [...attributes].flatMap(([name, values]) =>
    values.map((value) => `\n${name}: ${value}`),
  )
  return `dn: ${dn}${lines.join('')}`
}
