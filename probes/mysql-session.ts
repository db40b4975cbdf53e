import { createHash } from 'node:crypto'
import type { BinaryConnection } from './binary-connection.ts'
import type { Transcript } from './check.ts'
import { BadAnswer, MalformedMessage } from './malformed-message.ts'
import {
  CAPABILITY,
  decodeFirstColumn,
  decodeGreeting,
  decodeLength,
  decodeSwitch,
  encodePacket,
  errorText,
  loginRequest,
  type MysqlGreeting,
  measurePacket,
  tlsRequest,
} from './mysql-packet.ts'
import { MASK } from './secret.ts'
import { printable, show } from './show.ts'
import type { TlsSettings } from './tls-settings.ts'

/** First bytes of packets. */
const PACKET = { ok: 0x00, more: 0x01, end: 0xfe, error: 0xff } as const
/**
 * What a server says of caching_sha2_password: it knows the password already, or wants to see it.
 */
const SHA2 = { known: 3, wanted: 4 } as const
const COLUMN_LIMIT = 4096
const ROW_LIMIT = 20_000
/** Rounds of a login; three do for every method here. */
const ROUND_LIMIT = 5

/** Who logs in. */
export interface MysqlLogin {
  readonly user: string
  readonly password: string
  readonly database: string | undefined
}

/**
 * One connection to a MySQL or MariaDB server. Every promise rejects with `BadAnswer` when it says
 * no.
 */
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
    const payload = await this.#hear('greeting')
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
    this.#say('SSLRequest', tlsRequest(capabilities(greeting, database !== undefined, true)))
    await this.#connection.startTls(tls)
  }

  /** Answers the greeting with a login. */
  async logIn(greeting: MysqlGreeting, { user, password, database }: MysqlLogin): Promise<void> {
    const flags = capabilities(greeting, database !== undefined, this.#isTls)
    const known = Object.hasOwn(METHODS, greeting.method)
    const method = known ? greeting.method : NATIVE
    const answer = METHODS[method]?.(password, greeting.nonce) ?? Buffer.alloc(0)
    const shown = `login ${user} ${MASK}${database === undefined ? '' : ` ${database}`} (${method})`
    this.#say(shown, loginRequest(flags, user, answer, database, method))
    await this.#finishLogin(password)
  }

  /** Runs a statement; returns the first column of each row. */
  async query(text: string): Promise<(string | null)[]> {
    this.#sequence = 0
    this.#say(text, Buffer.concat([Buffer.of(3), Buffer.from(text)]))
    const head = await this.#hear('result')
    if (head[0] === PACKET.error) throw bad('mysql.query', head)
    if (head[0] === PACKET.ok) return []
    const columns = decodeLength(head).value
    if (columns === undefined || columns > COLUMN_LIMIT) {
      throw new BadAnswer('mysql.query', 'want rows, got a wish for a file or too many columns')
    }
    for (let column = 0; column < columns; column += 1) await this.#hear('column')
    if (!isEnd(await this.#hear('end of columns')))
      throw new MalformedMessage('columns without end')
    const rows: (string | null)[] = []
    while (rows.length < ROW_LIMIT) {
      const row = await this.#hear('row')
      if (row[0] === PACKET.error) throw bad('mysql.query', row)
      if (isEnd(row)) return rows
      rows.push(decodeFirstColumn(row))
      this.#transcript?.received(printable(`row ${rows.at(-1) ?? 'NULL'}`))
    }
    throw new MalformedMessage(`want an end, got ${ROW_LIMIT} rows before it`)
  }

  /** COM_QUIT, which has no answer. */
  goodbye(): Buffer {
    this.#transcript?.sent('quit')
    return encodePacket(0, Buffer.of(1))
  }

  async #finishLogin(password: string): Promise<void> {
    for (let round = 0; round < ROUND_LIMIT; round += 1) {
      const payload = await this.#hear('answer to the login')
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
    this.#say(`answer ${MASK} (${method})`, answer)
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
    this.#say(`password ${MASK}`, Buffer.from(`${password}\0`))
  }

  async #hear(waitsFor: string): Promise<Buffer> {
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

  #say(shown: string, payload: Buffer): void {
    this.#transcript?.sent(printable(shown))
    this.#connection.write(encodePacket(this.#sequence, payload))
    this.#sequence += 1
  }
}

const NATIVE = 'mysql_native_password'

/** How a method proves that we know the password, which may be empty. */
const METHODS: Readonly<Record<string, (password: string, nonce: Buffer) => Buffer>> = {
  [NATIVE]: (password, nonce) => {
    const once = hash('sha1', password)
    return password === '' ? Buffer.alloc(0) : xor(once, hash('sha1', nonce, hash('sha1', once)))
  },
  caching_sha2_password: (password, nonce) => {
    const once = hash('sha256', password)
    const mask = hash('sha256', hash('sha256', once), nonce)
    return password === '' ? Buffer.alloc(0) : xor(once, mask)
  },
}

function capabilities(
  { capabilities: offered }: MysqlGreeting,
  hasDatabase: boolean,
  isTls: boolean,
) {
  const { protocol41, secureConnection, pluginAuth, connectWithDatabase, tls } = CAPABILITY
  const wanted = protocol41 | secureConnection | pluginAuth
  if ((offered & wanted) !== wanted) {
    throw new BadAnswer('mysql.auth', 'want MySQL 5.5.7 or newer, got a server that is older')
  }
  const mayHave = CAPABILITY.longPassword | CAPABILITY.transactions
  return wanted | (offered & mayHave) | (hasDatabase ? connectWithDatabase : 0) | (isTls ? tls : 0)
}

/** The end of columns or rows; a row that starts with the same byte is longer. */
function isEnd(payload: Buffer): boolean {
  return payload[0] === PACKET.end && payload.length < 9
}

function bad(code: string, payload: Buffer): BadAnswer {
  return new BadAnswer(code, `got ${show(errorText(payload))}`)
}

function hash(name: 'sha1' | 'sha256', ...parts: readonly (string | Buffer)[]): Buffer {
  return parts.reduce((state, part) => state.update(part), createHash(name)).digest()
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)))
}
