import type { TLSSocket } from 'node:tls'
import type { CheckContext, Outcome, Target } from './check.ts'
import { fail } from './check.ts'
import { endPolitely } from './end-politely.ts'
import { LineSearch } from './line-search.ts'
import { CheckError, formatTarget, type Phase } from './network-error.ts'
import { OpenSocket } from './open-socket.ts'
import { printable, show } from './show.ts'
import { TextReader } from './text-reader.ts'
import type { TlsSettings } from './tls-settings.ts'

/** Read as text, bytes as Latin-1. Promises reject with `CheckError` when the server is sick. */
export class Connection {
  readonly #target: Target
  readonly #phase: Phase
  readonly #context: CheckContext
  readonly #socket: OpenSocket
  readonly #reader = new TextReader((got) => this.#tooBig(got))
  #waitsFor = 'answer'
  #filter: ((bytes: Buffer) => Buffer) | undefined
  #broken: CheckError | undefined
  #whenReady: { resolve: () => void; reject: (error: CheckError) => void } | undefined

  constructor(target: Target, tls: TlsSettings | undefined, phase: Phase, context: CheckContext) {
    this.#target = target
    this.#phase = phase
    this.#context = context
    const connection = this
    this.#socket = new OpenSocket(target, tls, context.deadline, {
      phase,
      get waitsFor() {
        return connection.#waitsFor
      },
      onReady: () => this.#whenReady?.resolve(),
      onBytes: (bytes) => this.#take(bytes),
      endsEarly: () => true,
      onBroken: (outcome) => this.#break(outcome),
    })
  }

  /** The connection stands, and the TLS handshake is done. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#whenReady = { resolve, reject }
    })
  }

  /** What reads the next part; `waitsFor` names it for people, should it not come. */
  expecting(waitsFor: string): TextReader {
    this.#waitsFor = waitsFor
    return this.#reader
  }

  /** The first match of a user's pattern, line by line; a prompt without a line end counts, too. */
  search(pattern: string, code: string): Promise<string> {
    const want = `/${pattern}/`
    return this.expecting(want).search(new LineSearch(pattern), (last) =>
      this.#error(fail('content', code, `want ${want}, got ${show(last) || 'nothing'}`)),
    )
  }

  /** Sends text (as UTF-8) or bytes; `shown` stands for them in the transcript. */
  write(text: string | Uint8Array, shown = String(text)): void {
    this.#context.transcript?.sent(printable(shown))
    this.#socket.raw.write(text)
  }

  /** Puts all that comes through a filter before anyone sees it. */
  filter(filter: (bytes: Buffer) => Buffer): void {
    this.#filter = filter
  }

  /** Goes on over TLS. */
  async startTls(tls: TlsSettings): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    if (!this.#reader.isEmpty) {
      // Somebody on the way could have put it there (CVE-2011-0411).
      this.#socket.destroy()
      const detail = 'want nothing more before the TLS handshake, got more in the clear'
      throw this.#error(fail('protocol', `${this.#phase}.early`, detail))
    }
    const ready = this.ready()
    this.#socket.startTls(tls)
    await ready
    this.#context.transcript?.note('TLS handshake done\n')
  }

  /** The TLS session, for a second connection that resumes it. */
  tlsSession(): Buffer | undefined {
    return (this.#socket.raw as Partial<TLSSocket>).getSession?.()
  }

  /** Our side of the connection. */
  get local(): { readonly address: string; readonly port: number } {
    const { localAddress = '', localPort = 0 } = this.#socket.raw
    return { address: localAddress, port: localPort }
  }

  /** Says that nothing more will be sent, and goes on listening. */
  endWriting(): void {
    this.#context.transcript?.note('no more to send\n')
    this.#socket.raw.end()
  }

  /** Says the last words, if any, and ends politely; the verdict need not wait. */
  close(lastWords = ''): void {
    const { raw } = this.#socket
    if (this.#broken !== undefined || !raw.writable) {
      this.destroy()
      return
    }
    if (lastWords !== '') this.#context.transcript?.sent(lastWords)
    this.#socket.release()
    endPolitely(raw, lastWords)
  }

  /** Frees the descriptor. */
  destroy(): void {
    this.#socket.destroy()
  }

  #take(unfiltered: Buffer): void {
    const bytes = this.#filter?.(unfiltered) ?? unfiltered
    this.#context.transcript?.received(printable(bytes.toString()))
    this.#reader.feed(bytes.toString('latin1'))
  }

  #tooBig(got: string): CheckError {
    this.#socket.destroy()
    return this.#error(fail('protocol', `${this.#phase}.too-big`, `want an answer, got ${got}`))
  }

  #error(outcome: Outcome): CheckError {
    const detail = `${formatTarget(this.#target)}: ${outcome.detail}`
    const error = new CheckError({ ...outcome, detail })
    this.#broken ??= error
    return error
  }

  #break(outcome: Outcome): void {
    const error = new CheckError(outcome)
    this.#broken ??= error
    this.#whenReady?.reject(error)
    this.#reader.break(
      error,
      outcome.outcome === 'fail' && outcome.code === `${this.#phase}.closed`,
    )
  }
}
