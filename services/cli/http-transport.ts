import type { TLSSocket } from 'node:tls'
import type { buildConnector, Client } from 'undici'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { type Daemon, nameOf, type RemoteDaemon } from './daemon.ts'

/** HTTP with one daemon. Everything that goes wrong is a `ServiceError` `cli.unreachable`. */
export interface Transport {
  exchange(question: Question): Promise<{ readonly status: number; readonly text: string }>
  /** Calls with each piece of a long answer until it ends or is aborted. */
  stream(
    path: string,
    signal: AbortSignal,
    onText: (text: string) => void,
  ): Promise<{ readonly status: number; readonly text: string }>
  close(): Promise<void>
}

/** One request. */
export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly timeoutMs: number
  /** JSON. */
  readonly body?: string
}

const CONNECT_TIMEOUT_MS = 5000
/** The daemon says that it lives each ten seconds. */
const SILENCE_MS = 30_000
const OK = 200

/** Libraries are loaded with the first question. */
export function createTransport(daemon: Daemon): Transport {
  let client: Client | undefined

  async function open(): Promise<Client> {
    const { Client, buildConnector } = await import('undici')
    client ??=
      daemon.kind === 'socket'
        ? new Client('http://localhost', {
            socketPath: daemon.socketPath,
            connect: { timeout: CONNECT_TIMEOUT_MS },
          })
        : new Client(daemon.url.origin, { connect: connector(daemon, buildConnector) })
    return client
  }

  const headers: Record<string, string> =
    daemon.kind === 'socket'
      ? { 'lvs-warden-owner': encodeURIComponent(daemon.owner) }
      : daemon.token === undefined
        ? {}
        : { authorization: `Bearer ${daemon.token}` }

  return {
    async exchange({ method, path, timeoutMs, body }) {
      try {
        const response = await (await open()).request({
          ...{ method, path, headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
          headers: {
            ...headers,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body }),
        })
        return { status: response.statusCode, text: await response.body.text() }
      } catch (error) {
        throw unreachable(error, daemon)
      }
    },
    async stream(path, signal, onText) {
      try {
        const response = await (await open()).request({
          ...{ method: 'GET', path, signal, headers },
          headersTimeout: SILENCE_MS,
          bodyTimeout: SILENCE_MS,
        })
        const { statusCode: status, body } = response
        if (status !== OK) return { status, text: await body.text() }
        body.setEncoding('utf8')
        for await (const text of body) onText(String(text))
        return { status, text: '' }
      } catch (error) {
        if (signal.aborted) return { status: OK, text: '' }
        throw unreachable(error, daemon)
      }
    },
    async close() {
      await client?.destroy()
    },
  }
}

/** Looks at the certificate before a byte of the request, and so of the token, is sent. */
function connector(
  { trust, url }: RemoteDaemon,
  build: typeof buildConnector,
): buildConnector.connector {
  const { ca, fingerprint, onFirstUse } = trust
  const isOwnJudge = fingerprint !== undefined || onFirstUse !== undefined
  const connect = build({
    timeout: CONNECT_TIMEOUT_MS,
    maxCachedSessions: 0,
    ...(ca !== undefined && { ca }),
    ...(isOwnJudge && { rejectUnauthorized: false }),
  })
  return (options, callback) =>
    connect(options, (error, socket) => {
      if (error !== null || !isOwnJudge) {
        if (error === null) callback(null, socket)
        else callback(error, null)
        return
      }
      const got = (socket as TLSSocket).getPeerCertificate().fingerprint256
      onFirstUse?.(got)
      if (fingerprint === undefined || plainHex(got) === plainHex(fingerprint)) {
        callback(null, socket)
        return
      }
      socket.destroy()
      const what = `${url.host} shows another certificate than the pinned one: SHA-256 ${got}`
      callback(new ServiceError('cli.certificate', what), null)
    })
}

/** `AB:CD` and `abcd` are the same fingerprint. */
export function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}

function unreachable(error: unknown, daemon: Daemon): ServiceError {
  if (error instanceof ServiceError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = error instanceof Error ? error.message : String(error)
  if (CERTIFICATE_CODES.test(code)) {
    const advice = 'compare its fingerprint with the one in the daemon’s log, then: '
    const how = 'lvsctl login --server URL --fingerprint SHA256, or --ca FILE'
    const what = `the certificate of ${nameOf(daemon)} is not trusted (${reason})`
    const message = `${what}: ${advice}${how}`
    return new ServiceError('cli.certificate', message, { cause: error })
  }
  const why = (daemon.kind === 'socket' ? WHY_SOCKET[code] : undefined) ?? WHY[code] ?? reason
  const story = `cannot talk to the daemon on ${nameOf(daemon)}: ${why}`
  const needsRights = daemon.kind === 'socket' && daemon.uid !== 0
  const become = needsRights ? '; its socket is for the user that it runs as: try sudo lvsctl' : ''
  return new ServiceError('cli.unreachable', `${story}${become}`, { cause: error })
}

/** Of OpenSSL's X509_V_ERR_… and of Node's own check of names. */
const CERTIFICATE_CODES =
  /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH/

const WHY_SOCKET: Readonly<Record<string, string>> = {
  ENOENT: 'nothing is there. Is lvs-warden standalone running, or elsewhere (--socket PATH)?',
  ECONNREFUSED: 'the process that listened there is gone. Start lvs-warden standalone again',
}

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no host of that name',
  EACCES: 'permission denied',
  ENOTSOCK: 'that is not a socket',
  EPROTO: 'it does not speak HTTPS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak HTTPS',
  UND_ERR_CONNECT_TIMEOUT: 'it does not accept the connection; is its process stopped?',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time; is its process stopped?',
  UND_ERR_BODY_TIMEOUT: 'it went silent in the middle of an answer',
  UND_ERR_SOCKET: 'it closed the connection without an answer',
}
