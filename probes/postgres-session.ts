import { createHash, randomBytes } from 'node:crypto'
import type { BinaryConnection } from './binary-connection.ts'
import type { Transcript } from './check.ts'
import { BadAnswer, MalformedMessage } from './malformed-message.ts'
import * as postgres from './postgres-message.ts'
import { scramClientFirst, scramProof } from './scram.ts'
import { MASK } from './secret.ts'
import { printable, show } from './show.ts'

const SCRAM = 'SCRAM-SHA-256'
/** Messages that may come before the one that is waited for: parameters, notices, rows. */
const MESSAGE_COUNT_LIMIT = 20_000

/** Codes of authentication requests. */
const AUTH = { ok: 0, cleartext: 3, md5: 5, sasl: 10, saslContinue: 11, saslFinal: 12 } as const

/**
 * One connection to a PostgreSQL server. Every promise rejects with `BadAnswer` when it says no.
 */
export class PostgresSession {
  readonly #connection: BinaryConnection
  readonly #transcript: Transcript | undefined

  constructor(connection: BinaryConnection, transcript: Transcript | undefined) {
    this.#connection = connection
    this.#transcript = transcript
  }

  /** Asks whether the server goes over to TLS. */
  async wantsTls(): Promise<boolean> {
    this.#say('SSLRequest', postgres.sslRequest())
    const answer = await this.#connection.read(firstByte, 'answer to SSLRequest')
    const letter = answer.toString('latin1')
    this.#transcript?.received(printable(letter))
    if (letter === 'S' || letter === 'N') return letter === 'S'
    throw new MalformedMessage(`want S or N, got ${JSON.stringify(letter)}`)
  }

  /** Says who logs in; returns the first authentication request or error. */
  async start(parameters: Readonly<Record<string, string>>): Promise<postgres.PostgresMessage> {
    const shown = Object.entries(parameters).map(([name, value]) => ` ${name}=${value}`)
    this.#say(`StartupMessage${shown.join('')}`, postgres.startupMessage(parameters))
    const first = await this.hear()
    if (first.type === 'R' || first.type === 'E') return first
    throw new MalformedMessage(`want an authentication request, got message ${first.type}`)
  }

  /** Answers authentication requests until the server is content. */
  async logIn(first: postgres.PostgresMessage, user: string, password: string): Promise<void> {
    const { code, data } = this.#authentication(first)
    if (code === AUTH.ok) return
    if (code === AUTH.cleartext) this.#answer(`${password}\0`)
    else if (code === AUTH.md5) this.#answer(`${md5Answer(user, password, data.subarray(0, 4))}\0`)
    else if (code === AUTH.sasl && data.toString().split('\0').includes(SCRAM)) {
      await this.#scram(password)
    } else throw refused(`want a method that we know, got ${methodName(code, data)}`)
    const last = this.#authentication(await this.hear())
    if (last.code !== AUTH.ok) throw refused(`want the end of the login, got code ${last.code}`)
  }

  /** Runs a statement; returns the first column of each row. */
  async query(text: string): Promise<(string | null)[]> {
    this.#say(text, postgres.clientMessage('Q', `${text}\0`))
    const rows: (string | null)[] = []
    await this.untilReady('postgres.query', ({ type, body }) => {
      if (type === 'D') rows.push(postgres.decodeFirstColumn(body))
      if ('GHW'.includes(type)) throw new BadAnswer('postgres.query', 'want no COPY, got one')
    })
    return rows
  }

  /** Hears messages until the server waits for the next statement. */
  async untilReady(
    code: string,
    look: (message: postgres.PostgresMessage) => void = () => {},
  ): Promise<void> {
    for (let count = 0; count < MESSAGE_COUNT_LIMIT; count += 1) {
      const message = await this.hear()
      if (message.type === 'Z') return
      if (message.type === 'E') {
        throw new BadAnswer(code, `got ${show(postgres.decodeError(message.body).text)}`)
      }
      look(message)
    }
    throw new MalformedMessage(`want an end, got ${MESSAGE_COUNT_LIMIT} messages before it`)
  }

  /** The next message; notices and parameters may be among them. */
  async hear(): Promise<postgres.PostgresMessage> {
    const bytes = await this.#connection.read(postgres.measureMessage, 'answer')
    const message = postgres.decodeMessage(bytes)
    this.#transcript?.received(printable(postgres.shownMessage(message)))
    return message
  }

  async #scram(password: string): Promise<void> {
    const nonce = randomBytes(18).toString('base64')
    // PostgreSQL takes the user of the startup message and wants none here.
    const first = postgres.saslInitial(SCRAM, scramClientFirst('', nonce))
    this.#say(`SASLInitialResponse ${SCRAM}`, first)
    const more = this.#authentication(await this.hear())
    if (more.code !== AUTH.saslContinue) throw refused(`want SCRAM to go on, got ${more.code}`)
    const proof = await scramProof('', password, nonce, more.data.toString())
    this.#answer(proof.message)
    const final = this.#authentication(await this.hear())
    if (final.code !== AUTH.saslFinal || !proof.isServerFinal(final.data.toString())) {
      throw refused('want proof that the server knows the password, got none')
    }
  }

  #authentication({ type, body }: postgres.PostgresMessage) {
    if (type === 'E') throw refused(`got ${show(postgres.decodeError(body).text)}`)
    if (type === 'R') return postgres.decodeAuthentication(body)
    throw new MalformedMessage(`want an authentication request, got message ${type}`)
  }

  #answer(text: string): void {
    this.#say(`PasswordMessage ${MASK}`, postgres.clientMessage('p', text))
  }

  #say(shown: string, bytes: Buffer): void {
    this.#transcript?.sent(printable(shown))
    this.#connection.write(bytes)
  }
}

function refused(detail: string): BadAnswer {
  return new BadAnswer('postgres.auth', detail)
}

function methodName(code: number, data: Buffer): string {
  return code === AUTH.sasl ? show(data.toString().replaceAll('\0', ' ')) : `code ${code}`
}

/** "MD5 password" in the chapter "Message Flow" of PostgreSQL's manual. */
function md5Answer(user: string, password: string, salt: Buffer): string {
  const inner = createHash('md5').update(password).update(user).digest('hex')
  return `md5${createHash('md5').update(inner).update(salt).digest('hex')}`
}

function firstByte(bytes: Buffer): number | undefined {
  return bytes.length === 0 ? undefined : 1
}
