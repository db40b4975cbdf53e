import { type CheckContext, fail, type Layer, type Outcome, pass, type Target } from './check.ts'
import type { Connection } from './connection.ts'
import { dial } from './dial.ts'
import { CheckError, formatTarget } from './network-error.ts'
import { type ReplyFrame, readReply } from './reply-frame.ts'
import { MASK } from './secret.ts'
import { SecretMask } from './secret-mask.ts'
import { show } from './show.ts'
import type { TlsSettings } from './tls-settings.ts'

/** One thing a reply must say. */
export interface Demand {
  readonly pattern: RegExp
  /** Stable code of the failure: `smtp.greeting`. */
  readonly code: string
  /** For people, in place of the pattern: `220`. */
  readonly want: string
  readonly layer?: Layer
}

/** What one conversation is about. */
export interface Subject {
  /** Kind of the check, first word of its codes. */
  readonly name: string
  /** How TLS is done, from the start or later on. */
  readonly tls?: TlsSettings | undefined
  /** TLS from the first byte, as in `imaps`. */
  readonly isTlsFirst?: boolean
  /** Said at the end, without waiting for an answer: `QUIT`. */
  readonly lastWords?: string
}

/**
 * Talks with a server as the script says: it passes with the detail that the script returns. The
 * script's promises reject with `CheckError` when the server is sick; then the conversation ends
 * politely where it still can.
 *
 * @throws CheckError when the connection fails on the way, or a reply does not meet its demands.
 */
export async function converse(
  subject: Subject,
  target: Target,
  context: CheckContext,
  script: (talk: Talk) => Promise<string>,
): Promise<Outcome> {
  const mask = new SecretMask(context.transcript)
  const heard = context.transcript === undefined ? context : { ...context, transcript: mask }
  const tls = subject.isTlsFirst === true ? subject.tls : undefined
  const connection = await dial(target, tls, subject.name, heard)
  try {
    const detail = await script(new Talk(subject, target, connection, mask))
    connection.close(subject.lastWords)
    return pass(mask.mask(show(detail)))
  } catch (error) {
    if (!(error instanceof CheckError)) {
      connection.destroy()
      throw error
    }
    connection.close(subject.lastWords)
    const { outcome } = error
    throw new CheckError({ ...outcome, detail: mask.mask(outcome.detail) }, { cause: error })
  }
}

/** One conversation: say something, demand something of the reply. */
export class Talk {
  readonly target: Target
  readonly connection: Connection
  readonly #subject: Subject
  readonly #mask: SecretMask

  constructor(subject: Subject, target: Target, connection: Connection, mask: SecretMask) {
    this.#subject = subject
    this.target = target
    this.connection = connection
    this.#mask = mask
  }

  /**
   * Sends text as it is; the secrets in it are masked in the transcript, now and in every answer.
   */
  send(text: string, ...secrets: readonly string[]): void {
    this.#mask.conceal(...secrets)
    this.connection.write(
      text,
      secrets.reduce((shown, secret) => shown.replaceAll(secret, MASK), text),
    )
  }

  /** The next reply, whole, its lines joined by a line feed. */
  async reply(frame: ReplyFrame, waitsFor: string): Promise<string> {
    const reply = await readReply(this.connection, frame, waitsFor)
    if (reply === undefined) throw this.failure('too-big', 'got a reply of too many lines')
    return reply
  }

  /** The next reply, which must meet every demand. */
  async expect(frame: ReplyFrame, ...demands: readonly Demand[]): Promise<string> {
    const reply = await this.reply(frame, demands[0]?.want ?? 'reply')
    this.demand(reply, ...demands)
    return reply
  }

  /** Throws unless the reply meets every demand. */
  demand(reply: string, ...demands: readonly Demand[]): void {
    const unmet = demands.find(({ pattern }) => !pattern.test(reply))
    if (unmet === undefined) return
    const detail = `want ${unmet.want}, got ${show(reply) || 'nothing'}`
    throw this.error(fail(unmet.layer ?? 'protocol', unmet.code, detail))
  }

  /** Goes on over TLS on the same connection. */
  async startTls(): Promise<void> {
    const { tls } = this.#subject
    if (tls === undefined) throw new Error('a conversation without TLS settings starts TLS')
    await this.connection.startTls(tls)
  }

  /** A failure of the protocol: `<name>.<what>`. */
  failure(what: string, detail: string): CheckError {
    return this.error(fail('protocol', `${this.#subject.name}.${what}`, detail))
  }

  /** An outcome of this target, to be thrown. */
  error(outcome: Outcome): CheckError {
    const detail = `${formatTarget(this.target)}: ${outcome.detail}`
    return new CheckError({ ...outcome, detail })
  }
}
