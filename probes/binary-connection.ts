import type { CheckContext, Outcome, Target } from './check.ts'
import { fail } from './check.ts'
import { failOnGarbage } from './malformed-message.ts'
import { CheckError, formatTarget, type Phase } from './network-error.ts'
import { OpenSocket } from './open-socket.ts'
import type { TlsSettings } from './tls-settings.ts'

/** Bytes of one message, unless the check says otherwise. */
export const MESSAGE_LIMIT = 65_536
/** Bytes a server may send on one connection. */
export const EXCHANGE_LIMIT = 1_048_576

/** How long a connection may outlive its verdict to say its last words, in milliseconds. */
const LINGER_MS = 500

/**
 * How long the message at the start of these bytes is, in bytes; `undefined` while they do not say
 * so yet. Throws `MalformedMessage` when they are no message at all.
 */
export type Measure = (bytes: Buffer) => number | undefined

interface Waiter {
  readonly measure: Measure
  readonly waitsFor: string
  readonly resolve: (message: Buffer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Connects once to one address, talks, and hangs up. What `talk` returns gets the address in front
 * of its detail.
 *
 * @throws CheckError when the connection fails on the way.
 */
export async function converse(
  target: Target,
  tls: TlsSettings | undefined,
  phase: Phase,
  context: CheckContext,
  talk: (connection: BinaryConnection) => Promise<Outcome>,
): Promise<Outcome> {
  const connection = await BinaryConnection.open(target, tls, phase, context)
  try {
    return await failOnGarbage(target, phase, () => talk(connection))
  } finally {
    connection.close()
  }
}

/**
 * One connection that is read by whole messages. Every promise rejects with `CheckError` when the
 * server is sick.
 */
export class BinaryConnection {
  readonly #target: Target
  readonly #phase: Phase
  readonly #socket: OpenSocket
  #buffer: Buffer = Buffer.alloc(0)
  #total = 0
  #isClosed = false
  #waiter: Waiter | undefined
  #whenReady: Pick<Waiter, 'resolve' | 'reject'> | undefined
  #broken: CheckError | undefined

  private constructor(
    target: Target,
    tls: TlsSettings | undefined,
    phase: Phase,
    { deadline }: CheckContext,
  ) {
    this.#target = target
    this.#phase = phase
    const connection = this
    this.#socket = new OpenSocket(target, tls, deadline, {
      phase,
      get waitsFor() {
        return connection.#waiter?.waitsFor ?? 'answer'
      },
      onReady: () => this.#whenReady?.resolve(this.#buffer),
      onBytes: (bytes) => this.#take(bytes),
      endsEarly: () => true,
      onBroken: (outcome) => this.#break(outcome),
    })
  }

  /**
   * Connects once to one address.
   *
   * @throws CheckError when the connection or the TLS handshake fails, or the deadline passes.
   */
  static async open(
    target: Target,
    tls: TlsSettings | undefined,
    phase: Phase,
    context: CheckContext,
  ): Promise<BinaryConnection> {
    const connection = new BinaryConnection(target, tls, phase, context)
    await connection.#ready()
    return connection
  }

  /** Goes on over TLS, for protocols that ask for it in the clear first. */
  async startTls(tls: TlsSettings): Promise<void> {
    if (this.#buffer.length > 0) {
      throw this.#fail('protocol', 'early', 'want nothing before the TLS handshake, got more bytes')
    }
    if (this.#broken !== undefined) throw this.#broken
    const ready = this.#ready()
    this.#socket.startTls(tls)
    await ready
  }

  /** The next message, whole; the bytes are the caller's. `limit` bounds its length. */
  read(measure: Measure, waitsFor: string, limit = MESSAGE_LIMIT): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const bounded: Measure = (bytes) => this.#bound(measure(bytes), bytes.length, limit)
      this.#waiter = { measure: bounded, waitsFor, resolve, reject }
      this.#serve()
    })
  }

  write(bytes: Uint8Array): void {
    this.#socket.raw.write(bytes)
  }

  /**
   * Says the last words, if any, and hangs up; nothing more is waited for. Further calls do
   * nothing.
   */
  close(lastWords?: Uint8Array): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (lastWords === undefined || this.#broken !== undefined) {
      this.#socket.destroy()
      return
    }
    const { raw } = this.#socket
    this.#socket.release()
    const timer = setTimeout(() => raw.destroy(), LINGER_MS).unref()
    raw.once('close', () => clearTimeout(timer))
    raw.end(lastWords, () => raw.destroy())
  }

  #ready(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#whenReady = { resolve, reject }
    })
  }

  #take(bytes: Buffer): void {
    this.#total += bytes.length
    if (this.#total > EXCHANGE_LIMIT) {
      this.#break(this.#tooMuch(`more than ${EXCHANGE_LIMIT} bytes`).outcome)
      return
    }
    this.#buffer = Buffer.concat([this.#buffer, bytes])
    this.#serve()
  }

  #serve(): void {
    const waiter = this.#waiter
    if (waiter === undefined) return
    try {
      const length = waiter.measure(this.#buffer)
      if (length === undefined || length > this.#buffer.length) {
        if (this.#broken !== undefined) throw this.#broken
        return
      }
      this.#waiter = undefined
      const message = this.#buffer.subarray(0, length)
      this.#buffer = this.#buffer.subarray(length)
      waiter.resolve(message)
    } catch (error) {
      this.#waiter = undefined
      this.#socket.destroy()
      waiter.reject(error)
    }
  }

  #bound(length: number | undefined, have: number, limit: number): number | undefined {
    if ((length ?? have) <= limit) return length
    throw this.#tooMuch(`one of more than ${limit} bytes`)
  }

  #tooMuch(got: string): CheckError {
    return this.#fail('protocol', 'too-big', `want a message, got ${got}`)
  }

  #fail(layer: 'protocol', what: string, detail: string): CheckError {
    const where = formatTarget(this.#target)
    return new CheckError(fail(layer, `${this.#phase}.${what}`, `${where}: ${detail}`))
  }

  #break(outcome: Outcome): void {
    this.#socket.destroy()
    this.#broken = new CheckError(outcome)
    this.#whenReady?.reject(this.#broken)
    this.#serve()
  }
}
