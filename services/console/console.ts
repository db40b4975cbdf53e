import { createServer, type RequestListener, type Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { hostname } from 'node:os'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { formatListenAddress, type ListenAddress } from '../shared/runtime/listen-address.ts'
import { type Logger, silentLogger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import { programVersion } from '../shared/runtime/program-version.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { openAccessBook } from './access/access-book.ts'
import { createAccessVerbs } from './access/access-verbs.ts'
import { createDirectory } from './access/directory.ts'
import { createGate } from './access/gate.ts'
import { createLogin } from './access/login.ts'
import { createPasswords, type Passwords } from './access/passwords.ts'
import { createApiApp } from './api-app.ts'
import { openAuditLog } from './audit-log.ts'
import { type HttpsDoor, type HttpsOptions, openHttpsDoor } from './https/https-door.ts'
import type { Door } from './identify.ts'
import { openEventFeed } from './live/event-feed.ts'
import { createStatusFeed } from './live/status-feed.ts'
import { createStreams } from './live/stream.ts'
import { listenPrivately, type PrivateSocket } from './private-socket.ts'
import { serveAccessVerbs, serveBusVerbs } from './serve-verbs.ts'
import { createSessionCookie } from './session/session-cookie.ts'
import { createSessionVerbs } from './session/session-verbs.ts'
import { createSetup } from './session/setup.ts'
import { loadWebFiles } from './web-files.ts'
import { whoListens } from './who-listens.ts'

/** Where the operators' API of which cluster listens. */
export interface ConsoleConfig {
  readonly cluster: string
  readonly socketPath: string
  /** The door to the network; without it there is the local socket only. */
  readonly https?: HttpsOptions
}

/** What the console stands on. */
export interface ConsolePorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Shows the person at the machine the link by which the first administrator comes in. */
  readonly showSetupLink?: (link: string) => void
  /** Of a cost that tests can afford; scrypt as it should be when absent. */
  readonly passwords?: Passwords
}

/** The operators' side as a service. */
export interface Console extends Service {
  /** Where HTTPS is spoken and with which certificate; undefined without it, or before `start`. */
  https(): { readonly address: ListenAddress; readonly fingerprint: string } | undefined
  /** Streams of live status and events that are open now. */
  streams(): number
}

const LIMITS = { headersTimeout: 5000, requestTimeout: 10_000, maxConnections: 256 } as const
/** How long answers under way may take when stopping. */
const GRACE_MS = 1000

interface Api {
  listener(door: Door): RequestListener
  /** The secret that lets the first administrator in; undefined when there is a user. */
  offerSetup(): string | undefined
  streams(): number
  close(): void
}

/** The operators' side: an HTTP API on a local unix socket, and over HTTPS for who logs in. */
export function createConsole(config: ConsoleConfig, ports: ConsolePorts): Console {
  const logger = ports.logger ?? silentLogger
  let api: Api | undefined
  let local: Server | undefined
  let socket: PrivateSocket | undefined
  let door: HttpsDoor | undefined
  const service = createService({
    async start() {
      api = await createApi(config, { ...ports, logger })
      local = createServer(api.listener('socket'))
      Object.assign(local, LIMITS)
      socket = await listenPrivately(local, config.socketPath, whoListens)
      logger.info({ socket: config.socketPath }, 'operators are answered')
      if (config.https === undefined) return
      const { clock } = ports
      door = await openHttpsDoor(config.https, api.listener('https'), LIMITS, { clock, logger })
      showSetup(api.offerSetup(), door.address, ports.showSetupLink)
    },
    async stop() {
      door?.release()
      await socket?.remove()
      api?.close()
      await Promise.all([close(local), close(door?.server)])
    },
  })
  return { ...service, https: () => door, streams: () => api?.streams() ?? 0 }
}

async function createApi(
  { cluster }: ConsoleConfig,
  ports: ConsolePorts & { readonly logger: Logger },
): Promise<Api> {
  const { bus, clock, logger } = ports
  const passwords = ports.passwords ?? createPasswords()
  const book = await openAccessBook(cluster, ports)
  const audit = await openAuditLog(cluster, ports)
  const status = createStatusFeed(cluster, ports)
  const events = await openEventFeed(cluster, ports)
  const streams = createStreams({ status, events, clock, logger })
  const gate = createGate(book, clock, createDirectory(cluster, bus, status))
  const login = createLogin(book, passwords, clock)
  const verbs = createAccessVerbs({ book, passwords, login, audit, clock })
  const setup = createSetup(book)
  const sessions = createSessionVerbs({ cluster, book, audit, clock, setup, verbs })
  const cookie = createSessionCookie(cluster)
  const served = [...serveBusVerbs(cluster, bus), ...serveAccessVerbs(verbs, sessions, cookie)]
  const files = loadWebFiles()
  if (files.count === 0) logger.warn({}, 'there is no web console in this build: npm run build')
  const version = programVersion()
  const shown = ports.metrics === undefined ? {} : { metrics: ports.metrics }
  const parts = { cluster, version, logger, gate, audit, streams, cookie, served, ...shown }
  const app = createApiApp(parts)
  const answer = (door: Door) => (request: Request, env: HttpBindings) =>
    (door === 'https' ? files.answer(request) : undefined) ?? app.fetch(request, { ...env, door })
  return {
    listener: (door) =>
      getRequestListener((request, env) => answer(door)(request, env as HttpBindings), {
        overrideGlobalObjects: false,
      }),
    offerSetup: setup.offer,
    streams: streams.size,
    close() {
      streams.close()
      status.close()
      events.close()
      book.close()
    },
  }
}

function close(server: Server | HttpsServer | undefined): Promise<void> {
  if (server === undefined || !server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), GRACE_MS)
    server.close(() => {
      clearTimeout(force)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** The secret is behind the `#`, which browsers keep to themselves. */
function showSetup(
  secret: string | undefined,
  { host, port }: ListenAddress,
  show: ConsolePorts['showSetupLink'],
): void {
  if (secret === undefined) return
  const isAny = ['0.0.0.0', '::', ''].includes(host)
  const place = formatListenAddress({ host: isAny ? hostname() : host, port })
  show?.(`https://${place}/#/setup/${secret}`)
}
