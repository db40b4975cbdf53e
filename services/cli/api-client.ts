import type { z } from 'zod'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { AccessVerb, accessApi } from '../shared/wire/access-api.ts'
import type { api, Verb } from '../shared/wire/api.ts'
import {
  ACCESS_ROUTES,
  API_ROUTES,
  type HttpVerb,
  PLAIN_ROUTES,
} from '../shared/wire/api-routes.ts'
import type { StreamRequest } from '../shared/wire/stream-message.ts'
import { type Daemon, nameOf } from './daemon.ts'
import { createTransport } from './http-transport.ts'
import { createSseParser, type SseMessage } from './sse-parser.ts'

type SchemasOf<V extends HttpVerb> = V extends Verb
  ? (typeof api)[V]
  : V extends AccessVerb
    ? (typeof accessApi)[V]
    : never
type RequestOf<V extends HttpVerb> = z.output<SchemasOf<V>['requestSchema']>
type ResponseOf<V extends HttpVerb> = z.output<SchemasOf<V>['responseSchema']>

/** The operators' API of one daemon. */
export interface ApiClient {
  /**
   * One question or order. Throws a `ServiceError`: the daemon's own (`api.unknown-target`),
   * `cli.unreachable` when it cannot be talked to, `cli.bad-answer` for what is not its language.
   */
  ask<V extends HttpVerb>(verb: V, request: RequestOf<V>): Promise<ResponseOf<V>>
  /**
   * Server-sent events until the signal is aborted or the daemon ends them. Throws as `ask` does.
   */
  listen(
    request: Partial<StreamRequest>,
    signal: AbortSignal,
    onMessage: (message: SseMessage) => void,
  ): Promise<void>
  close(): Promise<void>
}

/** The daemon answers within the route's own time, if only to say that it cannot. */
const GRACE_MS = 2000

/** Speaks to one daemon. Nothing happens before the first question. */
export function createApiClient(daemon: Daemon): ApiClient {
  const transport = createTransport(daemon)
  return {
    async ask(verb, request) {
      const { method, path, timeoutMs } = { ...API_ROUTES, ...ACCESS_ROUTES }[verb]
      const query = method === 'GET' ? queryOf(Object(request)) : ''
      const body = method === 'POST' ? { body: JSON.stringify(request) } : {}
      const question = { method, path: path + query, timeoutMs: timeoutMs + GRACE_MS, ...body }
      return readAnswer(verb, await transport.exchange(question), daemon)
    },
    async listen(request, signal, onMessage) {
      const parser = createSseParser(onMessage)
      const path = PLAIN_ROUTES.stream.path + queryOf(request)
      const { status, text } = await transport.stream(path, signal, parser)
      if (status !== 200) throw refusal(parseJson(text), status, daemon)
    },
    close: transport.close,
  }
}

function queryOf(request: object): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(request)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined) query.append(key, String(each))
    }
  }
  return query.size === 0 ? '' : `?${query}`
}

async function readAnswer<V extends HttpVerb>(
  verb: V,
  { status, text }: { readonly status: number; readonly text: string },
  daemon: Daemon,
): Promise<ResponseOf<V>> {
  const body = parseJson(text)
  if (status !== 200) throw refusal(body, status, daemon)
  const [{ api }, { accessApi }] = await Promise.all([
    import('../shared/wire/api.ts'),
    import('../shared/wire/access-api.ts'),
  ])
  const { responseSchema } = { ...api, ...accessApi }[verb as HttpVerb]
  const result = responseSchema.safeParse(body)
  if (result.success) return result.data as ResponseOf<V>
  const [issue] = result.error.issues
  const what = `${verb}: ${issue?.path.join('.')}: ${issue?.message}`
  throw badAnswer(daemon, `${what}; are daemon and lvsctl of the same version?`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal(body: unknown, status: number, daemon: Daemon): ServiceError {
  if (typeof body === 'object' && body !== null && 'error' in body) {
    const { code, message } = Object(body.error) as { code?: unknown; message?: unknown }
    if (typeof code === 'string' && typeof message === 'string') {
      return new ServiceError(code, message)
    }
  }
  return badAnswer(daemon, `HTTP status ${status} without a reason`)
}

function badAnswer(daemon: Daemon, what: string): ServiceError {
  const message = `what ${nameOf(daemon)} answers is not understood: ${what}`
  return new ServiceError('cli.bad-answer', message)
}
