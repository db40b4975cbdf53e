import type { ClientHttp2Session } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { CheckContext, Outcome, Target } from './check.ts'
import { fail } from './check.ts'
import { askGrpc, type GrpcAnswer, type GrpcCall, type GrpcUser } from './grpc-stream.ts'
import { CheckError, closedEarly, formatTarget, outcomeOf, timedOut } from './network-error.ts'
import type { TlsSettings } from './tls-settings.ts'

/**
 * Makes one unary call on a connection of its own (gRPC over HTTP/2).
 *
 * @throws CheckError when the connection fails, is closed early or runs out of time.
 */
export function callGrpc(
  call: GrpcCall,
  target: Target,
  tls: TlsSettings | undefined,
  context: CheckContext,
): Promise<GrpcAnswer> {
  return new Promise((resolve, reject) => {
    new Call(call, target, tls, resolve, reject).start(context)
  })
}

class Call implements GrpcUser {
  readonly #call: GrpcCall
  readonly #target: Target
  readonly #tls: TlsSettings | undefined
  readonly #resolve: (answer: GrpcAnswer) => void
  readonly #reject: (error: CheckError) => void
  readonly #socket: Socket
  #session: ClientHttp2Session | undefined
  #unlisten = (): void => {}
  #isOpen = true
  #isReady = false

  constructor(
    call: GrpcCall,
    target: Target,
    tls: TlsSettings | undefined,
    resolve: (answer: GrpcAnswer) => void,
    reject: (error: CheckError) => void,
  ) {
    this.#call = call
    this.#target = target
    this.#tls = tls
    this.#resolve = resolve
    this.#reject = reject
    const { address: host, port, source } = target
    const where = { host, port, autoSelectFamily: false, ...(source && { localAddress: source }) }
    this.#socket =
      tls === undefined ? connect(where) : connectTls({ ...where, ...tls, ALPNProtocols: ['h2'] })
  }

  start({ deadline }: CheckContext): void {
    this.#unlisten = deadline.onExpire(() =>
      this.#break(timedOut(this.#phase(), this.#target, 'complete answer')),
    )
    this.#socket.on('error', (error) => this.onError(error))
    this.#socket.on('close', () => {
      this.#break(closedEarly(this.#phase(), this.#target, 'complete answer'))
    })
    this.#socket.once(this.#tls === undefined ? 'connect' : 'secureConnect', () => {
      this.#isReady = true
      if (!this.#isOpen) return
      const scheme = this.#tls === undefined ? 'http' : 'https'
      this.#session = askGrpc(this.#socket, scheme, this.#call, this)
    })
  }

  onAnswer(answer: GrpcAnswer): void {
    if (this.#close()) this.#resolve(answer)
  }

  onTooBig(): void {
    const detail = `${formatTarget(this.#target)}: want at most ${this.#call.limit} bytes, got more`
    this.#break(fail('protocol', 'grpc.too-big', detail))
  }

  /**
   * What is no error of the socket is one of HTTP/2: the server speaks another language or refuses.
   */
  onError(error: NodeJS.ErrnoException): void {
    const isHttp2 = error.code?.startsWith('ERR_HTTP2') === true
    const where = formatTarget(this.#target)
    this.#break(
      isHttp2
        ? fail('protocol', 'grpc.http2', `${where}: ${error.message}`)
        : outcomeOf(error, error.syscall === 'connect' ? 'connect' : this.#phase(), this.#target),
    )
  }

  #phase(): string {
    if (this.#isReady) return 'grpc'
    return this.#socket.connecting ? 'connect' : 'tls'
  }

  #break(outcome: Outcome): void {
    if (this.#close()) this.#reject(new CheckError(outcome))
  }

  /** Frees the descriptor at once; true for the first caller alone. */
  #close(): boolean {
    if (!this.#isOpen) return false
    this.#isOpen = false
    this.#unlisten()
    this.#session?.destroy()
    this.#socket.destroy()
    return true
  }
}
