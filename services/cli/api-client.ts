import type { Client } from 'undici'
import type { z } from 'zod'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { api, Verb } from '../shared/wire/api.ts'
import { API_ROUTES } from '../shared/wire/api-routes.ts'

type RequestOf<V extends Verb> = z.infer<(typeof api)[V]['requestSchema']>
type ResponseOf<V extends Verb> = z.infer<(typeof api)[V]['responseSchema']>

/** The operators' API of one daemon. */
export interface ApiClient {
  /**
   * One question or order. Throws a `ServiceError`: the daemon's own (`api.unknown-target`),
   * `cli.unreachable` when it cannot be talked to, `cli.bad-answer` for what is not its language.
   */
  ask<V extends Verb>(verb: V, request: RequestOf<V>): Promise<ResponseOf<V>>
  close(): Promise<void>
}

/** Where the daemon listens, and what to say about it when it does not. */
export interface ApiClientOptions {
  readonly socketPath: string
  /** Who asks; root needs no hint to become root. */
  readonly uid: number
}

const CONNECT_TIMEOUT_MS = 3000
/** The daemon answers within the route's own time, if only to say that it cannot. */
const GRACE_MS = 2000

/** Speaks HTTP over a unix socket. Libraries are loaded with the first question. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  let client: Client | undefined

  async function exchange(method: 'GET' | 'POST', path: string, timeoutMs: number, body?: string) {
    const { Client } = await import('undici')
    client ??= new Client('http://localhost', {
      socketPath: options.socketPath,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    })
    try {
      const response = await client.request({
        method,
        path,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
      })
      return { status: response.statusCode, text: await response.body.text() }
    } catch (error) {
      throw unreachable(error, options)
    }
  }

  return {
    async ask(verb, request) {
      const { method, path, timeoutMs } = API_ROUTES[verb]
      const query = method === 'GET' ? queryOf(request) : ''
      const body = method === 'POST' ? JSON.stringify(request) : undefined
      const answer = await exchange(method, path + query, timeoutMs + GRACE_MS, body)
      return await readAnswer(verb, answer, options.socketPath)
    },
    async close() {
      await client?.destroy()
    },
  }
}

function queryOf(request: object): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(request)) query.set(key, String(value))
  return query.size === 0 ? '' : `?${query}`
}

async function readAnswer<V extends Verb>(
  verb: V,
  { status, text }: { readonly status: number; readonly text: string },
  socketPath: string,
): Promise<ResponseOf<V>> {
  const body = parseJson(text)
  if (status !== 200) throw refusal(body, status, socketPath)
  const { api } = await import('../shared/wire/api.ts')
  const result = api[verb].responseSchema.safeParse(body)
  if (result.success) return result.data as ResponseOf<V>
  const [issue] = result.error.issues
  const what = `${verb}: ${issue?.path.join('.')}: ${issue?.message}`
  throw badAnswer(socketPath, `${what}; are daemon and lvsctl of the same version?`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal(body: unknown, status: number, socketPath: string): ServiceError {
  if (typeof body === 'object' && body !== null && 'error' in body) {
    const { code, message } = body.error as { code?: unknown; message?: unknown }
    if (typeof code === 'string' && typeof message === 'string') {
      return new ServiceError(code, message)
    }
  }
  return badAnswer(socketPath, `HTTP status ${status} without a reason`)
}

function badAnswer(socketPath: string, what: string): ServiceError {
  return new ServiceError('cli.bad-answer', `what ${socketPath} answers is not understood: ${what}`)
}

function unreachable(error: unknown, { socketPath, uid }: ApiClientOptions): ServiceError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = error instanceof Error ? error.message : String(error)
  const story = `cannot talk to the daemon on ${socketPath}: ${WHY[code] ?? reason}`
  const become = uid === 0 ? '' : '; its socket is for the user that it runs as: try sudo lvsctl'
  return new ServiceError('cli.unreachable', `${story}${become}`, { cause: error })
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'nothing is there. Is lvs-warden standalone running, or elsewhere (--socket PATH)?',
  ECONNREFUSED: 'the process that listened there is gone. Start lvs-warden standalone again',
  EACCES: 'permission denied',
  ENOTSOCK: 'that is not a socket',
  UND_ERR_CONNECT_TIMEOUT: 'it does not accept the connection; is its process stopped?',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time; is its process stopped?',
  UND_ERR_SOCKET: 'it closed the connection without an answer',
}
