import { mkdtempSync, rmSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPasswords } from '../../services/console/access/passwords.ts'
import { type Console, createConsole } from '../../services/console/console.ts'
import type { HttpsOptions } from '../../services/console/https/https-door.ts'
import { createMemoryBus, type MemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import type { Role } from '../../services/shared/domain/access.ts'
import { createLogger } from '../../services/shared/runtime/logger.ts'
import { ServiceError } from '../../services/shared/runtime/service-error.ts'
import type { Whoami } from '../../services/shared/wire/access-api.ts'
import { type ApiVerb, api } from '../../services/shared/wire/api.ts'
import type { AuditEntry } from '../../services/shared/wire/audit-message.ts'
import { apiSubject } from '../../services/shared/wire/subjects.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

/** What the API answered. */
export interface ApiAnswer {
  readonly status: number
  readonly text: string
  /** The text as JSON. */
  readonly body: Record<string, unknown> & { readonly error?: { code: string; message: string } }
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A console on a real socket and over real TLS, on a manual clock. */
export interface ApiConsole extends AsyncDisposable {
  readonly folder: string
  readonly socketPath: string
  readonly port: number
  readonly url: string
  readonly fingerprint: string
  readonly bus: MemoryBus
  readonly clock: ManualClock
  readonly console: Console
  /** The link that its start showed for the first administrator. */
  readonly setupLink: string | undefined
  /** Every line of its log so far. */
  log(): string
  /** Over HTTPS; `body` is sent as JSON, text as it is. */
  ask(method: string, path: string, options?: AskOptions): Promise<ApiAnswer>
  /** Makes a user by the local socket and logs it in; returns the token. */
  user(name: string, role: Role, services?: readonly string[]): Promise<string>
  audit(): Promise<readonly AuditEntry[]>
}

/** How to ask. */
export interface AskOptions {
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** By the local socket in place of HTTPS. */
  readonly local?: boolean
}

/** The password of everybody that `user` makes. */
export const PASSWORD = 'correct horse battery staple'
/** A cost that tests can afford. */
const LOG_N = 4

/** Starts a console whose verbs of other services refuse everything, unless `answer` says else. */
export async function startApiConsole(
  answers: { readonly [V in keyof typeof api]?: (request: never) => unknown } = {},
  https: Partial<HttpsOptions> = {},
): Promise<ApiConsole> {
  const folder = mkdtempSync(join(tmpdir(), 'api-'))
  const socketPath = join(folder, 's.sock')
  const clock = createManualClock()
  const bus = createMemoryBus()
  const lines: string[] = []
  const logger = createLogger({
    level: 'debug',
    stream: { write: (line: string) => void lines.push(line) },
  })
  for (const [name, verb] of Object.entries<unknown>(api)) {
    answerVerb(bus, verb as ApiVerb<unknown, unknown>, Object(answers)[name])
  }
  let setupLink: string | undefined
  const showSetupLink = (link: string) => {
    setupLink = link
  }
  const listen = { host: '127.0.0.1', port: 0 }
  const door = { listen, certificate: { stateDir: folder }, ...https }
  const console = createConsole(
    { cluster: 'shop', socketPath, https: door },
    { bus, clock, logger, showSetupLink, passwords: createPasswords(LOG_N) },
  )
  await console.start().catch((error: unknown) => {
    rmSync(folder, { recursive: true })
    throw error
  })
  const { address, fingerprint } = console.https() ?? { address: listen, fingerprint: '' }
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  const ask = (method: string, path: string, options: AskOptions = {}) =>
    askOnce(options.local === true ? { socketPath } : { port: address.port, agent }, {
      ...{ method, path },
      ...options,
    })

  return {
    ...{ folder, socketPath, fingerprint, bus, clock, console, ask },
    setupLink,
    port: address.port,
    url: `https://127.0.0.1:${address.port}`,
    log: () => lines.join(''),
    async user(name, role, services) {
      const body = { name, role, password: PASSWORD, ...(services && { services }) }
      await ask('POST', '/v1/users', { local: true, body })
      const login = { user: name, password: PASSWORD }
      return String((await ask('POST', '/v1/login', { body: login })).body['token'])
    },
    async audit() {
      const { body } = await ask('GET', '/v1/audit?limit=1000', { local: true })
      return body['entries'] as AuditEntry[]
    },
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await console.stop()
      await bus.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Who a token makes one. */
export async function whoami(place: ApiConsole, token: string): Promise<Whoami> {
  return (await place.ask('GET', '/v1/whoami', { token })).body as unknown as Whoami
}

function answerVerb(
  bus: MemoryBus,
  verb: ApiVerb<unknown, unknown>,
  respond: ((request: unknown) => unknown) | undefined,
): void {
  bus.reply(apiSubject('shop', verb.name), (payload) => {
    const request = verb.request.decode(payload)
    if (respond === undefined) throw new ServiceError('api.unknown-target', 'not in this test')
    return verb.response.encode(respond(request))
  })
}

/** Asks a console once: at a `socketPath`, or over HTTPS at a `port` with an `agent`. */
export function askOnce(
  where: object,
  { method, path, token, body, headers = {}, local }: AskOptions & { method: string; path: string },
): Promise<ApiAnswer> {
  const credentials = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return new Promise((resolve, reject) => {
    const options = { ...where, method, path, headers: { ...credentials, ...headers } }
    const asking = (local === true ? plainRequest : request)(options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        const { statusCode: status = 0, headers: got } = response
        resolve({ status, text, body: parse(text), headers: got })
      })
      response.on('error', reject)
    })
    asking.on('error', reject)
    asking.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  })
}

function parse(text: string): ApiAnswer['body'] {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
