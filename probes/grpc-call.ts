import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { CheckContext, Outcome, Target } from './check.ts'
import { fail } from './check.ts'
import { CheckError, closedEarly, formatTarget, outcomeOf, timedOut } from './network-error.ts'
import type { TlsSettings } from './tls-settings.ts'

/** Bytes of headers that a server may send, as HPACK counts them. */
const HEADER_LIMIT = 16_384
/** Megabytes that one HTTP/2 session may hold. */
const SESSION_LIMIT_MB = 1

/** One call with one message. */
export interface GrpcCall {
  readonly path: string
  /** `:authority`. */
  readonly authority: string
  readonly message: Buffer
  /** Bytes of the answer's message, its prefix included. */
  readonly limit: number
}

/** Headers, message and trailers of an answer. */
export interface GrpcAnswer {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader
  /** Of an answer without a message, the headers are the trailers. */
  readonly trailers: IncomingHttpHeaders
  readonly message: Buffer
}

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

class Call {
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
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => {
      this.#break(closedEarly(this.#phase(), this.#target, 'complete answer'))
    })
    this.#socket.once(this.#tls === undefined ? 'connect' : 'secureConnect', () => {
      this.#isReady = true
      if (this.#isOpen) this.#ask()
    })
  }

  #ask(): void {
    const session = connectHttp2(`http://${this.#call.authority}`, {
      createConnection: () => this.#socket,
      maxSessionMemory: SESSION_LIMIT_MB,
      settings: { enablePush: false, maxHeaderListSize: HEADER_LIMIT },
    })
    this.#session = session
    session.on('error', (error) => this.#fail(error))
    const stream = session.request({
      ':method': 'POST',
      ':scheme': this.#tls === undefined ? 'http' : 'https',
      ':path': this.#call.path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'lvs-warden',
    })
    this.#listen(stream)
    stream.end(this.#call.message)
  }

  #listen(stream: ClientHttp2Stream): void {
    let headers: GrpcAnswer['headers'] = {}
    let trailers: IncomingHttpHeaders | undefined
    const pieces: Buffer[] = []
    let length = 0
    stream.on('error', (error) => this.#fail(error))
    stream.on('response', (heard) => {
      headers = heard
    })
    stream.on('trailers', (heard) => {
      trailers = heard
    })
    stream.on('data', (piece: Buffer) => {
      pieces.push(piece)
      length += piece.length
      if (length > this.#call.limit) this.#tooBig()
    })
    stream.on('end', () => {
      if (!this.#close()) return
      this.#resolve({ headers, trailers: trailers ?? headers, message: Buffer.concat(pieces) })
    })
  }

  #tooBig(): void {
    const detail = `${formatTarget(this.#target)}: want at most ${this.#call.limit} bytes, got more`
    this.#break(fail('protocol', 'grpc.too-big', detail))
  }

  #phase(): string {
    if (this.#isReady) return 'grpc'
    return this.#socket.connecting ? 'connect' : 'tls'
  }

  /** What is no error of the socket is one of HTTP/2: the server speaks another language or refuses. */
  #fail(error: NodeJS.ErrnoException): void {
    const isHttp2 = error.code?.startsWith('ERR_HTTP2') === true
    const where = formatTarget(this.#target)
    this.#break(
      isHttp2
        ? fail('protocol', 'grpc.http2', `${where}: ${error.message}`)
        : outcomeOf(error, error.syscall === 'connect' ? 'connect' : this.#phase(), this.#target),
    )
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
