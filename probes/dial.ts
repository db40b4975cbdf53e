import type { CheckContext, Outcome, Target } from './check.ts'
import { fail } from './check.ts'
import { CheckError, formatTarget, type Phase } from './network-error.ts'
import { OpenSocket } from './open-socket.ts'
import { printable } from './show.ts'
import type { TlsSettings } from './tls-settings.ts'

/** Bytes of one line, its end included. */
export const LINE_LIMIT = 8192
/** Bytes a server may say in one dialogue. */
export const DIALOGUE_LIMIT = 131_072
/** How long a connection may outlive its verdict for a polite end, in milliseconds. */
const LINGER_MS = 500

/** A connection that is read by lines. Every method throws `CheckError` when the server is sick. */
export interface Connection {
  /** The next line without its end (LF or CRLF); bytes are Latin-1 characters. */
  readLine(waitsFor: string): Promise<string>
  /** Sends text as UTF-8; `shown` stands for it in the transcript. */
  write(text: string, shown?: string): void
  /** Says the last words, if any, and lets the server close first for a moment; the verdict need not wait. */
  close(lastWords?: string): void
  /** Frees the descriptor at once. */
  destroy(): void
}

/**
 * Connects once to one address.
 *
 * @throws CheckError when the connection or the TLS handshake fails, or the deadline passes.
 */
export async function dial(
  target: Target,
  tls: TlsSettings | undefined,
  phase: Phase,
  context: CheckContext,
): Promise<Connection> {
  const lines = new LineConnection(target, tls, phase, context)
  await lines.ready
  return lines
}

interface Waiter {
  readonly resolve: (line: string) => void
  readonly reject: (error: CheckError) => void
}

class LineConnection implements Connection {
  readonly ready: Promise<void>
  readonly #target: Target
  readonly #phase: Phase
  readonly #context: CheckContext
  readonly #socket: OpenSocket
  #text = ''
  #total = 0
  #waitsFor = 'answer'
  #waiter: Waiter | undefined
  #broken: CheckError | undefined

  constructor(target: Target, tls: TlsSettings | undefined, phase: Phase, context: CheckContext) {
    this.#target = target
    this.#phase = phase
    this.#context = context
    let resolve = (): void => {}
    let reject = (_error: CheckError): void => {}
    this.ready = new Promise((onReady, onError) => {
      resolve = onReady
      reject = onError
    })
    const lines = this
    this.#socket = new OpenSocket(target, tls, context.deadline, {
      phase,
      get waitsFor() {
        return lines.#waitsFor
      },
      onReady: resolve,
      onBytes: (bytes) => this.#take(bytes),
      endsEarly: () => true,
      onBroken: (outcome) => reject(this.#break(outcome)),
    })
  }

  readLine(waitsFor: string): Promise<string> {
    this.#waitsFor = waitsFor
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
      this.#serve()
    })
  }

  write(text: string, shown = text): void {
    this.#context.transcript?.sent(printable(shown))
    this.#socket.raw.write(text)
  }

  close(lastWords = ''): void {
    if (lastWords !== '') this.#context.transcript?.sent(lastWords)
    const { raw } = this.#socket
    this.#socket.release()
    raw.end(lastWords)
    const timer = setTimeout(() => raw.destroy(), LINGER_MS).unref()
    raw.once('close', () => clearTimeout(timer))
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #take(bytes: Buffer): void {
    this.#context.transcript?.received(printable(bytes.toString()))
    this.#total += bytes.length
    this.#text += bytes.toString('latin1')
    if (this.#total > DIALOGUE_LIMIT) this.#tooMuch(`more than ${DIALOGUE_LIMIT} bytes`)
    else this.#serve()
  }

  #serve(): void {
    if (this.#waiter === undefined) return
    const newline = this.#text.indexOf('\n')
    const length = newline < 0 ? this.#text.length : newline + 1
    if (length > LINE_LIMIT) this.#tooMuch(`a line of more than ${LINE_LIMIT} bytes`)
    else if (newline >= 0) {
      const line = this.#text.slice(0, newline)
      this.#text = this.#text.slice(newline + 1)
      const { resolve } = this.#waiter
      this.#waiter = undefined
      resolve(line.endsWith('\r') ? line.slice(0, -1) : line)
    } else if (this.#broken !== undefined) this.#waiter.reject(this.#broken)
  }

  #tooMuch(got: string): void {
    this.#socket.destroy()
    const where = formatTarget(this.#target)
    this.#break(fail('protocol', `${this.#phase}.too-big`, `${where}: want an answer, got ${got}`))
  }

  /** Lines that came before the end are still handed out; then everyone gets the error. */
  #break(outcome: Outcome): CheckError {
    this.#broken = new CheckError(outcome)
    if (!this.#text.includes('\n')) this.#waiter?.reject(this.#broken)
    return this.#broken
  }
}
