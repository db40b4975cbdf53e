import {
  type ConnectionOptions,
  connect,
  createInbox,
  DebugEvents,
  Events,
  type NatsConnection,
} from 'nats'
import { type BackoffOptions, backoffMs } from '../../runtime/backoff.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { NatsSettings } from '../../runtime/nats-settings.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { createAuthenticator } from './authenticator.ts'
import { isLoginRefused, natsTrouble } from './nats-trouble.ts'
import { tlsOptions } from './tls-options.ts'

/** Who connects, and who is told what. */
export interface LinkOptions {
  readonly settings: NatsSettings
  /** What the service is: `prober`. Its inboxes are `_INBOX.<role>.>`, so others' stay closed. */
  readonly role: string
  /** Name of this one of them, for the server's list of connections. */
  readonly name: string
  readonly logger: Logger
  readonly onError: (error: unknown, where: string) => void
  /** Ends the wait for the first connection. */
  readonly signal?: AbortSignal
}

/** A connection that comes back by itself for ever. */
export interface NatsLink {
  readonly nc: NatsConnection
  isConnected(): boolean
  /** A subject of our own to be answered at, that no other role may listen to. */
  newInbox(): string
  /** Called after each reconnection. Returns how to stop. */
  onReconnect(callback: () => void): () => void
  reconnects(): number
  /** Resolves when the connection is closed for good, whatever is still under way. */
  close(): Promise<void>
}

const BACKOFF: BackoffOptions = { firstMs: 100, capMs: 2000 }
/** A server that hangs is noticed after three of these without a sign of life. */
const PING_INTERVAL_MS = 1000
const MAX_PINGS_OUT = 2
/** Of one try to connect, greeting and login included. */
const CONNECT_TIMEOUT_MS = 3000
const CLOSE_TIMEOUT_MS = 1000
/** Each forbidden subject is reported once, and so many of them. */
const MAX_FORBIDDEN_REPORTED = 100

/**
 * Connects, and waits as long as it takes for a server to answer; logs once that it waits. Throws a
 * `ServiceError`: `bus.unauthorized` when the login is refused, `nats.settings` for an unusable
 * secret, `bus.closed` when told to end before.
 */
export async function openLink(options: LinkOptions): Promise<NatsLink> {
  const backoff = { delayMs: BACKOFF.firstMs }
  const nc = await connectFirst(options, connectionOptions(options, backoff))
  const listeners = new Set<() => void>()
  let isUp = true
  let isClosing = false
  let reconnects = 0
  let attempt = 0
  let lostAt = 0

  function lost(server: string): void {
    if (!isUp || isClosing) return
    isUp = false
    lostAt = performance.now()
    options.logger.warn({ server }, 'NATS lost')
  }

  function restored(server: string): void {
    isUp = true
    attempt = 0
    backoff.delayMs = BACKOFF.firstMs
    reconnects++
    options.logger.info({ server, awayMs: Math.round(performance.now() - lostAt) }, 'NATS restored')
    for (const listener of listeners) listener()
  }

  async function watch(): Promise<void> {
    for await (const { type, data } of nc.status()) {
      if (type === Events.Disconnect) lost(String(data))
      else if (type === Events.Reconnect) restored(String(data))
      else if (type === DebugEvents.Reconnecting) backoff.delayMs = backoffMs(attempt++, BACKOFF)
    }
  }

  watch().catch((error: unknown) => options.onError(error, 'NATS status'))
  reportForbidden(nc, options)
  nc.closed()
    .then((error) => {
      if (isClosing) return
      isUp = false
      options.onError(new Error('the connection to NATS ended for good', { cause: error }), 'NATS')
    })
    .catch((error: unknown) => options.onError(error, 'NATS'))
  return {
    nc,
    isConnected: () => isUp,
    newInbox: () => createInbox(inboxPrefix(options.role)),
    reconnects: () => reconnects,
    onReconnect(callback) {
      listeners.add(callback)
      return () => listeners.delete(callback)
    },
    async close() {
      if (isClosing) return
      const wasUp = isUp
      isClosing = true
      isUp = false
      listeners.clear()
      if (wasUp) await within(CLOSE_TIMEOUT_MS, nc.flush())
      await within(CLOSE_TIMEOUT_MS, nc.close())
    },
  }
}

function connectionOptions(
  { settings, role, name }: LinkOptions,
  backoff: { readonly delayMs: number },
): ConnectionOptions {
  const authenticator = createAuthenticator(settings.auth)
  const tls = tlsOptions(settings)
  return {
    servers: [...settings.servers],
    name: `lvs-warden ${role} ${name}`,
    inboxPrefix: inboxPrefix(role),
    ...(authenticator === undefined ? {} : { authenticator }),
    ...(tls === undefined ? {} : { tls }),
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_PINGS_OUT,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () => backoff.delayMs,
    // A password that is wrong now may be right after the server's next reload.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  }
}

/** What a role's inboxes begin with; its permissions name the same. */
export function inboxPrefix(role: string): string {
  return `_INBOX.${role}`
}

async function connectFirst(
  { settings, logger, signal }: LinkOptions,
  options: ConnectionOptions,
): Promise<NatsConnection> {
  const servers = settings.servers.join(', ')
  let said = ''
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted === true) throw new ServiceError('bus.closed', 'told to end')
    try {
      const nc = await connect(options)
      if (said !== '') logger.info({ server: nc.getServer() }, 'NATS found')
      return nc
    } catch (error) {
      if (isLoginRefused(error)) throw loginRefused(settings, servers, error)
      const message = reasonOf(error, settings, servers)
      if (message !== said) logger.warn({ reason: message }, 'waiting for NATS')
      said = message
      await pause(backoffMs(attempt, BACKOFF), signal)
    }
  }
}

/** The client does not see that a server ends the connection for want of a certificate. */
function reasonOf(error: unknown, { tls }: NatsSettings, servers: string): string {
  const { code, message } = natsTrouble(error, servers)
  if (code !== 'bus.timeout' || tls === undefined || tls.certFile !== undefined) return message
  return `${message} (does it want a certificate of ours? --nats-cert-file)`
}

function loginRefused({ auth }: NatsSettings, servers: string, cause: Error): ServiceError {
  const who = {
    none: 'a client without credentials',
    password: `user ${auth.kind === 'password' ? auth.user : ''}: wrong user or password`,
    token: 'the token',
    nkey: 'the NKey',
    creds: 'the credentials file',
  }[auth.kind]
  const message = `NATS at ${servers} refuses ${who} (${cause.message})`
  return new ServiceError('bus.unauthorized', message, { cause })
}

/**
 * The server tells of a forbidden subject after the fact, apart from the call that used it. Calls
 * of JetStream are requests, whose askers are told.
 */
function reportForbidden(nc: NatsConnection, { onError }: LinkOptions): void {
  const reported = new Set<string>()

  async function watch(): Promise<void> {
    for await (const { permissionContext } of nc.status()) {
      if (permissionContext === undefined) continue
      const { operation, subject } = permissionContext
      if (subject.startsWith('$JS.API.')) continue
      const what = `${operation} ${subject}`
      if (reported.has(what) || reported.size >= MAX_FORBIDDEN_REPORTED) continue
      reported.add(what)
      const verb = operation === 'publish' ? 'publishing to' : 'subscribing to'
      onError(new ServiceError('bus.forbidden', `NATS forbids ${verb} ${subject}`), subject)
    }
  }

  watch().catch((error: unknown) => onError(error, 'NATS status'))
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, delayMs)
    signal?.addEventListener('abort', finish)
    function finish(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
  })
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([work.catch(() => undefined), limit])
  clearTimeout(timer)
}
