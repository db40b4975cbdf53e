import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2'
import type { Socket } from 'node:net'

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

/** What the caller wants to hear; only the first word counts. */
export interface GrpcUser {
  onAnswer(answer: GrpcAnswer): void
  onTooBig(): void
  onError(error: NodeJS.ErrnoException): void
}

/** Asks on a connection that stands; the caller destroys the session and the socket. */
export function askGrpc(
  socket: Socket,
  scheme: 'http' | 'https',
  call: GrpcCall,
  user: GrpcUser,
): ClientHttp2Session {
  const session = connect(`http://${call.authority}`, {
    createConnection: () => socket,
    maxSessionMemory: SESSION_LIMIT_MB,
    settings: { enablePush: false, maxHeaderListSize: HEADER_LIMIT },
  })
  session.on('error', (error) => user.onError(error))
  const stream = session.request({
    ':method': 'POST',
    ':scheme': scheme,
    ':path': call.path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'lvs-warden',
  })
  listen(stream, call, user)
  stream.end(call.message)
  return session
}

function listen(stream: ClientHttp2Stream, { limit }: GrpcCall, user: GrpcUser): void {
  let headers: GrpcAnswer['headers'] = {}
  let trailers: IncomingHttpHeaders | undefined
  const pieces: Buffer[] = []
  let length = 0
  stream.on('error', (error) => user.onError(error))
  stream.on('response', (heard) => {
    headers = heard
  })
  stream.on('trailers', (heard) => {
    trailers = heard
  })
  stream.on('data', (piece: Buffer) => {
    pieces.push(piece)
    length += piece.length
    if (length > limit) user.onTooBig()
  })
  stream.on('end', () => {
    user.onAnswer({ headers, trailers: trailers ?? headers, message: Buffer.concat(pieces) })
  })
}
