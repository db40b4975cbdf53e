import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { formatListenAddress, type ListenAddress } from './listen-address.ts'
import type { Metrics } from './metrics.ts'
import type { Readiness } from './readiness.ts'
import { createService, type Service } from './service.ts'
import { ServiceError } from './service-error.ts'

/** What is told about a process, and where. */
export interface HealthServerOptions {
  readonly listen: ListenAddress
  /** Which service this is: `prober`. */
  readonly service: string
  /** Its name among those of its kind. */
  readonly name: string
  readonly readiness: Readiness
  readonly metrics: Metrics
}

/** Small HTTP server for supervisors and Prometheus. */
export interface HealthServer extends Service {
  /** Where it listens, with the port that it got; undefined before `start`. */
  address(): ListenAddress | undefined
}

const HEADERS_TIMEOUT_MS = 3000
const REQUEST_TIMEOUT_MS = 5000
const MAX_CONNECTIONS = 32
const MAX_HEADER_BYTES = 8192
const JSON_TYPE = 'application/json; charset=utf-8'

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/**
 * Answers `/healthz` (200 as long as the process turns), `/readyz` (200, or 503 with the parts that
 * are not ready and why) and `/metrics`. Nothing can be changed through it. `start` throws
 * `health.unusable` when the address cannot be had.
 */
export function createHealthServer(options: HealthServerOptions): HealthServer {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => void respond(request, response, options),
  )
  server.maxConnections = MAX_CONNECTIONS
  const service = createService({
    start: () => listen(server, options.listen),
    stop: () => close(server),
  })
  return {
    ...service,
    address() {
      const bound = server.address()
      if (bound === null || typeof bound === 'string') return undefined
      return { host: bound.address, port: bound.port }
    },
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: HealthServerOptions,
): Promise<void> {
  const { status, type, text } = await answer(request, options).catch(trouble)
  const head = { 'content-type': type, 'content-length': Buffer.byteLength(text) }
  response.writeHead(status, { ...head, 'cache-control': 'no-store' })
  response.end(request.method === 'HEAD' ? undefined : text)
}

async function answer(request: IncomingMessage, options: HealthServerOptions): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return json(405, { error: 'only GET and HEAD' })
  }
  const { service, name } = options
  switch (request.url?.split('?')[0]) {
    case '/healthz':
      return json(200, { ok: true, service, name })
    case '/readyz': {
      const parts = options.readiness.states()
      const ready = parts.every(({ why }) => why === undefined)
      return json(ready ? 200 : 503, { ready, service, name, parts })
    }
    case '/metrics': {
      const { contentType, text } = await options.metrics.render()
      return { status: 200, type: contentType, text }
    }
    default:
      return json(404, { error: 'there are /healthz, /readyz and /metrics here' })
  }
}

/** A gauge that cannot be read must not end the process that it watches. */
function trouble(error: unknown): Answer {
  return json(500, { error: error instanceof Error ? error.message : String(error) })
}

function json(status: number, value: object): Answer {
  return { status, type: JSON_TYPE, text: `${JSON.stringify(value)}\n` }
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `cannot answer /healthz on ${formatListenAddress(address)}: ${error.message}`
      reject(new ServiceError('health.unusable', message, { cause: error }))
    })
    server.listen({ host: address.host, port: address.port }, () => resolve())
  })
}

function close(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
