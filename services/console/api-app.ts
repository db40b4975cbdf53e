import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { z } from 'zod'
import type { Logger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { ApiRoute } from '../shared/wire/api-route.ts'
import { ACCESS_ROUTES, API_ROUTES, PLAIN_ROUTES } from '../shared/wire/api-routes.ts'
import { streamRequestSchema } from '../shared/wire/stream-message.ts'
import type { Caller } from './access/caller.ts'
import type { Gate } from './access/gate.ts'
import type { AuditLog } from './audit-log.ts'
import { httpStatus } from './http-status.ts'
import { type ApiEnv, addressOf, identify } from './identify.ts'
import type { Streams } from './live/stream.ts'
import { openApiDocument } from './openapi.ts'
import { checkRequest, queryReader, readBody } from './read-request.ts'
import type { SessionCookie } from './session/session-cookie.ts'

/** No order of an operator comes near this, but for those that carry a file. */
const MAX_BODY_BYTES = 64 * 1024
const RETRY_AFTER_S = '30'

/** A route with what answers it. */
export interface Served {
  readonly name: string
  readonly route: ApiRoute<unknown, unknown>
  readonly requestSchema: z.ZodType
  /** `caller` is absent where anyone may ask. */
  perform(request: unknown, context: Context<ApiEnv>, caller: Caller | undefined): Promise<object>
}

/** What the API stands on. */
export interface ApiParts {
  readonly cluster: string
  readonly version: string
  readonly logger: Logger
  readonly gate: Gate
  readonly audit: AuditLog
  readonly streams: Streams
  readonly cookie: SessionCookie
  readonly served: readonly Served[]
  readonly metrics?: Metrics
}

/** The HTTP API: every route with its role. Errors are `{error: {code, message}}`. */
export function createApiApp(parts: ApiParts): Hono<ApiEnv> {
  const { logger, cluster, version, served } = parts
  const app = new Hono<ApiEnv>()
  const answers = parts.metrics?.counter('lvs_warden_api_answers_total', {
    help: 'Requests that the API answered, by the door they came in and the HTTP status.',
    labels: ['door', 'status'],
  })
  app.onError((error, context) => errorResponse(context, error, logger))
  app.notFound((context) => {
    const { method, path } = context.req
    throw new ServiceError('api.unknown-route', `there is no ${method} ${path} here: ${ROUTES}`)
  })
  app.use(async (context, next) => {
    await next()
    answers?.add({ door: context.env.door, status: String(context.res.status) })
    context.header('cache-control', 'no-store')
    context.header('x-content-type-options', 'nosniff')
  })
  app.get(PLAIN_ROUTES.program.path, (context) => {
    const own = { program: 'lvs-warden', version }
    const isLocal = context.env.door === 'socket'
    return context.json(isLocal ? { ...own, cluster, pid: process.pid } : own)
  })
  const document = openApiDocument(version)
  app.get(PLAIN_ROUTES.openapi.path, (context) => context.json(document))
  addStream(app, parts)
  for (const each of served) addRoute(app, parts, each)
  return app
}

const ROUTES = Object.values({ ...API_ROUTES, ...ACCESS_ROUTES })
  .map(({ method, path }) => `${method} ${path}`)
  .join(', ')

function addRoute(app: Hono<ApiEnv>, parts: ApiParts, each: Served): void {
  const { name, route, requestSchema, perform } = each
  const { gate, audit } = parts
  const read = route.method === 'GET' ? queryReader(requestSchema) : readBody
  app.on(route.method, route.path, limitOf(route), async (context) => {
    const caller =
      route.role === 'anyone' ? undefined : await letIn(context, parts, name, route.role)
    const raw = signed(await read(context), route.signed, caller)
    const request = checkRequest(name, requestSchema, raw)
    if (caller === undefined) return context.json(await perform(request, context, caller))
    const subject = { ...subjectOf(caller, name, route, request), request }
    if (route.role !== 'viewer') {
      await noted(audit, subject, () => gate.allowTouched(caller, route.touches?.(request)))
    }
    if (!route.changes) return context.json(await perform(request, context, caller))
    const change = () => perform(request, context, caller)
    const effect = route.effect ?? ((after: unknown) => ({ after }))
    return context.json(await audit.record(subject, change, effect))
  })
}

function addStream(app: Hono<ApiEnv>, parts: ApiParts): void {
  const read = queryReader(streamRequestSchema)
  const { path, role } = PLAIN_ROUTES.stream
  app.get(path, async (context) => {
    const caller = await letIn(context, parts, 'stream', role)
    const after = context.req.header('last-event-id')
    const place = after !== undefined && /^\d{1,15}$/.test(after) ? { after: Number(after) } : {}
    const raw = { ...Object(await read(context)), ...place }
    const request = checkRequest('stream', streamRequestSchema, raw)
    const isAllowed = () => parts.gate.recheck(caller) !== undefined
    await parts.streams.open(context.env.outgoing, request, isAllowed)
    return RESPONSE_ALREADY_SENT
  })
}

/** Who asks, when that is known and its role is enough; else it is noted and refused. */
async function letIn(
  context: Context<ApiEnv>,
  { gate, audit, cookie }: ApiParts,
  verb: string,
  role: Caller['role'],
): Promise<Caller> {
  const nobody = { by: 'nobody known', from: addressOf(context), verb }
  const caller = await noted(audit, nobody, () => identify(context, gate, cookie))
  const { name: by, role: own, from } = caller
  await noted(audit, { by, role: own, from, verb }, async () => gate.allowRole(caller, role))
  return caller
}

async function noted<Result>(
  audit: AuditLog,
  subject: Parameters<AuditLog['refused']>[0],
  attempt: () => Promise<Result>,
): Promise<Result> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof ServiceError) await audit.refused(subject, error)
    throw error
  }
}

/** On the local socket an order may come for somebody else: root may say so anyway. */
function subjectOf(
  { name, role, from, via }: Caller,
  verb: string,
  route: Served['route'],
  request: unknown,
) {
  const text = (key: string | undefined) => {
    const value: unknown = key === undefined ? '' : Reflect.get(Object(request), key)
    return typeof value === 'string' ? value : ''
  }
  const why = text(route.reason)
  const by = (via === 'socket' && text(route.signed)) || name
  return { by, role, from, verb, ...(why !== '' && { why }) }
}

function signed(raw: unknown, key: string | undefined, caller: Caller | undefined): unknown {
  if (key === undefined || caller === undefined || typeof raw !== 'object') return raw
  const own: unknown = Reflect.get(Object(raw), key)
  if (caller.via === 'socket' && typeof own === 'string' && own !== '') return raw
  return { ...raw, [key]: caller.name }
}

function limitOf({ maxBodyBytes: maxSize = MAX_BODY_BYTES }: Served['route']) {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new ServiceError('api.too-large', `a request may have ${maxSize} bytes`)
    },
  })
}

function errorResponse(context: Context, error: unknown, logger: Logger): Response {
  if (error instanceof ServiceError) {
    const { code, message } = error
    const status = httpStatus(code)
    if (status === 401) context.header('www-authenticate', 'Bearer realm="lvs-warden"')
    if (status === 429) context.header('retry-after', RETRY_AFTER_S)
    return context.json({ error: { code, message } }, status)
  }
  logger.error({ error, path: context.req.path }, 'a request failed')
  const message = 'an error of ours; the log of lvs-warden tells more'
  return context.json({ error: { code: 'api.internal', message } }, 500)
}
