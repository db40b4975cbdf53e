import type { CheckContext, Target } from './check.ts'
import { BadAnswer } from './malformed-message.ts'
import { MESSAGE_LIMIT, type Measure, MessageBuffer } from './message-buffer.ts'
import { CheckError, type Phase } from './network-error.ts'
import { OpenSocket } from './open-socket.ts'
import type { TlsSettings } from './tls-settings.ts'

/** How long a connection may outlive its verdict to say its last words, in milliseconds. */
const LINGER_MS = 500

interface Waiter {
  readonly measure: Measure
  readonly limit: number
  readonly waitsFor: string
  readonly resolve: (message: Buffer) => void
  readonly reject: (error: unknown) => void
}

/**
 * One connection that is read by whole messages. Every promise rejects with `CheckError` when the
 * server is sick.
 */
export class BinaryConnection {
  readonly #phase: Phase
  readonly #socket: OpenSocket
  readonly #buffer: MessageBuffer
  #isClosed = false
  #waiter: Waiter | undefined
  #whenReady: { resolve(): void; reject(error: unknown): void } | undefined
  #broken: Error | undefined

  private constructor(
    target: Target,
    tls: TlsSettings | undefined,
    phase: Phase,
    { deadline }: CheckContext,
  ) {
    this.#phase = phase
    this.#buffer = new MessageBuffer(phase)
    const connection = this
    this.#socket = new OpenSocket(target, tls, deadline, {
      phase,
      get waitsFor() {
        return connection.#waiter?.waitsFor ?? 'answer'
      },
      onReady: () => this.#whenReady?.resolve(),
      onBytes: (bytes) => this.#take(bytes),
      endsEarly: () => true,
      onBroken: (outcome) => this.#break(new CheckError(outcome)),
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
    if (!this.#buffer.isEmpty) {
      const detail = 'want nothing before the TLS handshake, got more bytes'
      throw new BadAnswer(`${this.#phase}.early`, detail)
    }
    if (this.#broken !== undefined) throw this.#broken
    const ready = this.#ready()
    this.#socket.startTls(tls)
    await ready
  }

  /** The next message, whole; the bytes are the caller's. `limit` bounds its length. */
  read(measure: Measure, waitsFor: string, limit = MESSAGE_LIMIT): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiter = { measure, limit, waitsFor, resolve, reject }
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

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#whenReady = { resolve, reject }
    })
  }

  #take(bytes: Buffer): void {
    try {
      this.#buffer.append(bytes)
      this.#serve()
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error
      this.#break(error)
    }
  }

  #serve(): void {
    const waiter = this.#waiter
    if (waiter === undefined) return
    try {
      const message = this.#buffer.take(waiter.measure, waiter.limit)
      if (message === undefined && this.#broken === undefined) return
      this.#waiter = undefined
      if (message === undefined) waiter.reject(this.#broken)
      else waiter.resolve(message)
    } catch (error) {
      this.#waiter = undefined
      this.#socket.destroy()
      waiter.reject(error)
    }
  }

  /** Messages that came before the end are still handed out; then everyone gets the error. */
  #break(error: Error): void {
    this.#socket.destroy()
    this.#broken = error
    this.#whenReady?.reject(error)
    this.#serve()
  }
}
