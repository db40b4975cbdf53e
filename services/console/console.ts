import { createServer, request, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Bus } from '../shared/ports/bus.ts'
import { type Logger, silentLogger } from '../shared/runtime/logger.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { createApiApp } from './api-app.ts'
import { listenPrivately, type PrivateSocket } from './private-socket.ts'

/** Where the operators' API of which cluster listens. */
export interface ConsoleConfig {
  readonly cluster: string
  readonly socketPath: string
}

/** What the console stands on. */
export interface ConsolePorts {
  readonly bus: Bus
  readonly logger?: Logger
}

const HEADERS_TIMEOUT_MS = 5000
const REQUEST_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 256
/** How long answers under way may take when stopping. */
const GRACE_MS = 1000
/** How long another process may take to say who it is. */
const ASK_MS = 1000
const MAX_ANSWER_CHARACTERS = 4096

/** The operators' side: an HTTP API on a local unix socket that only its owner may use. */
export function createConsole(config: ConsoleConfig, ports: ConsolePorts): Service {
  const { cluster, socketPath } = config
  const logger = ports.logger ?? silentLogger
  const app = createApiApp(cluster, { bus: ports.bus, logger })
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    getRequestListener(app.fetch, { overrideGlobalObjects: false }),
  )
  server.maxConnections = MAX_CONNECTIONS
  let socket: PrivateSocket | undefined
  return createService({
    async start() {
      socket = await listenPrivately(server, socketPath, whoListens)
      logger.info({ socket: socketPath }, 'operators are answered')
    },
    async stop() {
      await socket?.remove()
      await close(server)
    },
  })
}

function close(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), GRACE_MS)
    server.close(() => {
      clearTimeout(force)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** `lvs-warden (cluster shop, process 4711)`, or that it is something else. */
async function whoListens(socketPath: string): Promise<string> {
  try {
    const { program, cluster, pid } = JSON.parse(await ask(socketPath)) as Record<string, unknown>
    if (program === 'lvs-warden') return `lvs-warden (cluster ${cluster}, process ${pid})`
  } catch {
    // Falls through: whatever it is, it does not speak our language.
  }
  return 'another program'
}

function ask(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: '/v1' }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > MAX_ANSWER_CHARACTERS) asking.destroy(new Error('too long'))
      })
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    const tooLate = setTimeout(() => asking.destroy(new Error('too late')), ASK_MS)
    asking.on('error', reject)
    asking.on('close', () => clearTimeout(tooLate))
    asking.end()
  })
}
