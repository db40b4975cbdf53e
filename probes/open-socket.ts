import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Deadline, Outcome, Target } from './check.ts'
import { closedEarly, outcomeOf, type Phase, timedOut } from './network-error.ts'
import type { TlsSettings } from './tls-settings.ts'

/** What the user of a socket wants to hear. Nothing comes after `destroy`, `reset` or `release`. */
export interface SocketUser {
  /** Kind of the check, used in codes once the connection stands: `http.reset`. */
  readonly phase: Phase
  /** What is being waited for, for people: `complete answer`. */
  readonly waitsFor: string
  /** Connected, and the TLS handshake is done. */
  onReady(): void
  /** The bytes are only valid during the call. */
  onBytes(bytes: Buffer): void
  /**
   * The server closed its side; true when that is too early, which then comes back as `onBroken`.
   */
  endsEarly(): boolean
  /** The connection failed, was closed early or ran out of time; it is already destroyed. */
  onBroken(outcome: Outcome): void
}

/** Shared by all connections: its bytes are used up before the next read can happen. */
const readBuffer = Buffer.allocUnsafeSlow(65_536)

/**
 * One attempt at one literal address, TCP or TLS. It is destroyed when the deadline passes.
 * Thousands are made a second, so it has few closures, and reads past the stream machinery into one
 * buffer.
 */
export class OpenSocket {
  raw: Socket
  readonly #target: Target
  readonly #user: SocketUser
  #isTls: boolean
  readonly #unlisten: () => void
  #isOpen = true
  #isReady = false

  constructor(target: Target, tls: TlsSettings | undefined, deadline: Deadline, user: SocketUser) {
    this.#target = target
    this.#user = user
    this.#isTls = tls !== undefined
    const options = {
      host: target.address,
      port: target.port,
      autoSelectFamily: false,
      onread: this.#reader(),
      ...(target.source !== undefined && { localAddress: target.source }),
    }
    const raw = tls === undefined ? connect(options) : connectTls({ ...options, ...tls })
    this.raw = raw
    this.#unlisten = deadline.onExpire(() => this.#onExpire())
    this.#listen(tls === undefined ? 'connect' : 'secureConnect')
  }

  /**
   * Goes on over TLS on this connection (STARTTLS); `onReady` comes again when the handshake is
   * done. The caller makes sure that it has heard nothing yet that belongs behind the handshake.
   */
  startTls(tls: TlsSettings): void {
    const plain = this.raw
    plain
      .removeAllListeners('error')
      .removeAllListeners('end')
      .on('error', () => {})
    this.#isReady = false
    this.#isTls = true
    this.raw = connectTls({ socket: plain, ...tls })
    // On a connection that is wrapped, Node never calls an `onread` callback.
    this.raw.on('data', (bytes: Buffer) => {
      if (this.#isOpen) this.#user.onBytes(bytes)
    })
    this.#listen('secureConnect')
  }

  /** No more events; the descriptor is free at once. */
  destroy(): void {
    if (this.#isOpen) this.release()
    this.raw.destroy()
  }

  /**
   * `destroy` after a finished exchange, by a reset: the server has said all, and thousands of
   * checks a second leave no local ports in TIME_WAIT.
   */
  reset(): void {
    this.release()
    if (this.#isTls) this.raw.destroy()
    else this.raw.resetAndDestroy()
  }

  /** No more events and no more deadline, but the connection stays open for a polite end. */
  release(): void {
    this.#isOpen = false
    this.#unlisten()
  }

  #reader() {
    const callback = (length: number, buffer: Uint8Array): boolean => {
      if (this.#isOpen) this.#user.onBytes((buffer as Buffer).subarray(0, length))
      return true
    }
    return { buffer: readBuffer, callback }
  }

  #listen(readyEvent: 'connect' | 'secureConnect'): void {
    const { raw } = this
    raw.on(readyEvent, () => {
      this.#isReady = true
      if (this.#isOpen) this.#user.onReady()
    })
    raw.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#isOpen) return
      const phase = error.syscall === 'connect' ? 'connect' : this.#phase()
      this.#break(outcomeOf(error, phase, this.#target))
    })
    raw.on('end', () => this.#onEnd())
  }

  #phase(): Phase {
    if (this.#isReady) return this.#user.phase
    return this.raw.connecting ? 'connect' : 'tls'
  }

  #onExpire(): void {
    const waitedFor = this.raw.connecting ? 'connection' : 'TLS handshake'
    const { waitsFor } = this.#user
    this.#break(timedOut(this.#phase(), this.#target, this.#isReady ? waitsFor : waitedFor))
  }

  #onEnd(): void {
    if (!this.#isOpen) return
    if (!this.#isReady) this.#break(closedEarly(this.#phase(), this.#target, 'the TLS handshake'))
    else if (this.#user.endsEarly()) {
      this.#break(closedEarly(this.#user.phase, this.#target, this.#user.waitsFor))
    }
  }

  #break(outcome: Outcome): void {
    if (!this.#isOpen) return
    this.destroy()
    this.#user.onBroken(outcome)
  }
}
