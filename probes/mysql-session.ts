import type { BinaryConnection } from './binary-connection.ts'
import type { Transcript } from './check.ts'
import { BadAnswer, MalformedMessage } from './malformed-message.ts'
import { capabilities, METHODS, NATIVE } from './mysql-auth.ts'
import {
  bad,
  CAPABILITY,
  decodeGreeting,
  decodeSwitch,
  encodePacket,
  errorText,
  loginRequest,
  type MysqlGreeting,
  measurePacket,
  PACKET,
  tlsRequest,
} from './mysql-packet.ts'
import { MASK } from './secret.ts'
import { printable, show } from './show.ts'
import type { TlsSettings } from './tls-settings.ts'

/** caching_sha2_password: the server knows the password already, or wants to see it. */
const SHA2 = { known: 3, wanted: 4 } as const
/** Rounds of a login; three do for every method here. */
const ROUND_LIMIT = 5

/** Who logs in. */
export interface MysqlLogin {
  readonly user: string
  readonly password: string
  readonly database: string | undefined
}

/** One connection to a MySQL or MariaDB server; a no of the server's is a `BadAnswer`. */
export class MysqlSession {
  readonly #connection: BinaryConnection
  readonly #transcript: Transcript | undefined
  #sequence = 0
  #isTls = false

  constructor(connection: BinaryConnection, transcript: Transcript | undefined) {
    this.#connection = connection
    this.#transcript = transcript
  }

  /** Hears the greeting, or the error that a full or angry server has instead. */
  async greeting(): Promise<MysqlGreeting> {
    const payload = await this.hear('greeting')
    if (payload[0] === PACKET.error) throw bad('mysql.error', payload)
    const greeting = decodeGreeting(payload)
    this.#transcript?.received(printable(`${greeting.version}, ${greeting.method}`))
    return greeting
  }

  /** Goes over to TLS, in place of the first half of the login. */
  async startTls(
    greeting: MysqlGreeting,
    database: string | undefined,
    tls: TlsSettings,
  ): Promise<void> {
    if ((greeting.capabilities & CAPABILITY.tls) === 0) {
      throw new BadAnswer('mysql.starttls', 'want TLS, got a server that does none')
    }
    this.#isTls = true
    this.say('SSLRequest', tlsRequest(capabilities(greeting, database !== undefined, true)))
    await this.#connection.startTls(tls)
  }

  /** Answers the greeting with a login. */
  async logIn(greeting: MysqlGreeting, { user, password, database }: MysqlLogin): Promise<void> {
    const flags = capabilities(greeting, database !== undefined, this.#isTls)
    const known = Object.hasOwn(METHODS, greeting.method)
    const method = known ? greeting.method : NATIVE
    const answer = METHODS[method]?.(password, greeting.nonce) ?? Buffer.alloc(0)
    const shown = `login ${user} ${MASK}${database === undefined ? '' : ` ${database}`} (${method})`
    this.say(shown, loginRequest(flags, user, answer, database, method))
    await this.#finishLogin(password)
  }

  /** Shows what a row has in its first column. */
  note(text: string): void {
    this.#transcript?.received(printable(text))
  }

  /** COM_QUIT, which has no answer. */
  goodbye(): Buffer {
    this.#transcript?.sent('quit')
    return encodePacket(0, Buffer.of(1))
  }

  async #finishLogin(password: string): Promise<void> {
    for (let round = 0; round < ROUND_LIMIT; round += 1) {
      const payload = await this.hear('answer to the login')
      if (payload[0] === PACKET.ok) return
      if (payload[0] === PACKET.error) throw bad('mysql.auth', payload)
      if (payload[0] === PACKET.end) this.#switchMethod(payload, password)
      else if (payload[0] === PACKET.more) this.#sendWhole(payload, password)
      else throw new MalformedMessage(`want an answer to the login, got packet ${payload[0]}`)
    }
    throw new MalformedMessage(`want an end of the login, got ${ROUND_LIMIT} rounds`)
  }

  #switchMethod(payload: Buffer, password: string): void {
    const { method, nonce } = decodeSwitch(payload)
    const answer = Object.hasOwn(METHODS, method) ? METHODS[method]?.(password, nonce) : undefined
    if (answer === undefined || nonce.length < 20) {
      throw new BadAnswer('mysql.auth', `want a method that we know, got ${show(method)}`)
    }
    this.say(`answer ${MASK} (${method})`, answer)
  }

  /**
   * caching_sha2_password: a server that does not have the password in its cache asks for it, which
   * needs TLS.
   */
  #sendWhole(payload: Buffer, password: string): void {
    if (payload[1] === SHA2.known) return
    if (payload[1] !== SHA2.wanted) throw new MalformedMessage('want a wish for the password')
    if (!this.#isTls) {
      const detail =
        'want a server that knows the password already, got one that asks; set starttls'
      throw new BadAnswer('mysql.auth', detail)
    }
    this.say(`password ${MASK}`, Buffer.from(`${password}\0`))
  }

  /** The payload of the next packet, which is not empty. */
  async hear(waitsFor: string): Promise<Buffer> {
    const packet = await this.#connection.read(measurePacket, waitsFor)
    const payload = packet.subarray(4)
    if (packet[3] !== (this.#sequence & 0xff)) {
      throw new MalformedMessage(`want packet ${this.#sequence & 0xff}, got ${packet[3]}`)
    }
    if (payload.length === 0) throw new MalformedMessage(`want ${waitsFor}, got an empty packet`)
    this.#sequence += 1
    if (payload[0] === PACKET.error) this.#transcript?.received(printable(errorText(payload)))
    if (payload[0] === PACKET.ok) this.#transcript?.received('OK')
    return payload
  }

  /**
   * Sends a packet, the first of a command or one more; `shown` stands for it in the transcript.
   */
  say(shown: string, payload: Buffer, isFirst = false): void {
    if (isFirst) this.#sequence = 0
    this.#transcript?.sent(printable(shown))
    this.#connection.write(encodePacket(this.#sequence, payload))
    this.#sequence += 1
  }
}
