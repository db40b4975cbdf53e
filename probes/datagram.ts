import { createSocket, type Socket } from 'node:dgram'
import type { LookupOneOptions } from 'node:dns'
import type { CheckContext, Outcome, Target } from './check.ts'
import { fail } from './check.ts'
import { CheckError, formatTarget, outcomeOf, timedOut } from './network-error.ts'
import { printable } from './show.ts'

/** Datagrams that are no answer to us and are passed over, before the server is called broken. */
const STRAY_LIMIT = 64

/** Our side of a socket. */
export interface LocalEnd {
  readonly address: string
  readonly port: number
}

/** One question in one datagram, and what to do with what comes back. */
export interface DatagramExchange<Answer> {
  /** Kind of the check, first word of its codes: `dns.timeout`. */
  readonly name: string
  /** What is sent; made out of our side of the socket where a protocol names it. */
  readonly request: Uint8Array | ((local: LocalEnd) => Uint8Array)
  /** What is being waited for, for people: `answer`. */
  readonly waitsFor: string
  /**
   * Looks at one datagram, which is only valid during the call. `undefined` says that it is no
   * answer to this question (another identifier), so waiting goes on. May throw a `CheckError`.
   */
  readonly read: (datagram: Buffer) => Answer | undefined
  /** For the transcript; without it the bytes are shown as text. */
  readonly shown?: string
  readonly showAnswer?: (datagram: Buffer) => string
  /** For questions that need no answer: what so much silence after the sending means. */
  readonly silence?: { readonly afterMs: number; readonly answer: Answer }
}

/**
 * Sends one datagram on a socket of its own and waits for the answer. The socket is connected, so
 * it hears only this server and the kernel's word that nobody listens there. Nothing is sent twice:
 * a lost datagram is what `fall` is for.
 *
 * @throws CheckError when the port is unreachable (`connect.refused`), the deadline passes
 * (`<name>.timeout`) or only strays come (`<name>.strays`).
 */
export function exchangeDatagrams<Answer>(
  exchange: DatagramExchange<Answer>,
  target: Target,
  context: CheckContext,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    new Conversation(exchange, target, context, resolve, reject).start()
  })
}

class Conversation<Answer> {
  readonly #exchange: DatagramExchange<Answer>
  readonly #target: Target
  readonly #context: CheckContext
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  readonly #socket: Socket
  readonly #unlisten: () => void
  #isOpen = true
  #strays = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    exchange: DatagramExchange<Answer>,
    target: Target,
    context: CheckContext,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#exchange = exchange
    this.#target = target
    this.#context = context
    this.#resolve = resolve
    this.#reject = reject
    this.#socket = createSocket({ type: target.family === 4 ? 'udp4' : 'udp6', lookup: literal })
    this.#unlisten = context.deadline.onExpire(() => {
      this.#break(timedOut(exchange.name, target, exchange.waitsFor))
    })
  }

  start(): void {
    const { address, port, source } = this.#target
    this.#socket.on('error', (error) => this.#break(outcomeOf(error, 'connect', this.#target)))
    this.#socket.on('message', (datagram) => this.#take(datagram))
    if (source !== undefined) this.#socket.bind({ address: source, port: 0, exclusive: true })
    this.#socket.on('connect', () => this.#send())
    this.#socket.connect(port, address)
  }

  #send(): void {
    if (!this.#isOpen) return
    const { shown, silence } = this.#exchange
    const made = this.#exchange.request
    const request = typeof made === 'function' ? made(this.#socket.address()) : made
    this.#context.transcript?.sent(shown ?? printable(Buffer.from(request).toString()))
    this.#socket.send(request, (error) => {
      if (error !== null) this.#break(outcomeOf(error, 'connect', this.#target))
    })
    if (silence === undefined) return
    this.#timer = setTimeout(() => {
      if (this.#close()) this.#resolve(silence.answer)
    }, silence.afterMs)
  }

  #take(datagram: Buffer): void {
    if (!this.#isOpen) return
    const { read, showAnswer, name, waitsFor } = this.#exchange
    const { transcript } = this.#context
    transcript?.received(showAnswer?.(datagram) ?? printable(datagram.toString()))
    try {
      const answer = read(datagram)
      if (answer !== undefined && this.#close()) this.#resolve(answer)
    } catch (error) {
      if (this.#close()) this.#reject(error)
    }
    this.#strays += 1
    if (this.#strays < STRAY_LIMIT || !this.#isOpen) return
    const got = `${STRAY_LIMIT} datagrams that are none`
    const detail = `${formatTarget(this.#target)}: want ${waitsFor}, got ${got}`
    this.#break(fail('protocol', `${name}.strays`, detail))
  }

  #break(outcome: Outcome): void {
    if (this.#close()) this.#reject(new CheckError(outcome))
  }

  /** Frees the descriptor at once; true for the first caller alone. */
  #close(): boolean {
    if (!this.#isOpen) return false
    this.#isOpen = false
    this.#unlisten()
    clearTimeout(this.#timer)
    this.#socket.close()
    return true
  }
}

/** Targets are literal addresses, so there is nothing to look up. */
function literal(
  host: string,
  options: LookupOneOptions,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, host, options.family === 6 ? 6 : 4)
}
