import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Bus } from '../shared/ports/bus.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { type ApiVerb, api, type Verb } from '../shared/wire/api.ts'
import { API_ROUTES, type ApiRoute } from '../shared/wire/api-routes.ts'
import { apiSubject } from '../shared/wire/subjects.ts'
import { httpStatus } from './http-status.ts'

/** No order of an operator comes near this; a cluster file may. */
const MAX_BODY_BYTES = 64 * 1024

/** The HTTP API: each route is one request on the bus. Errors are `{error: {code, message}}`. */
export function createApiApp(cluster: string, { bus, logger }: ApiPorts): Hono {
  const app = new Hono()
  app.onError((error, context) => errorResponse(context, error, logger))
  app.notFound((context) => {
    const routes = Object.values(API_ROUTES).map(({ method, path }) => `${method} ${path}`)
    const { method, path } = context.req
    throw new ServiceError(
      'api.unknown-route',
      `there is no ${method} ${path} here, but ${routes.join(', ')}`,
    )
  })
  app.get('/v1', (context) => context.json({ program: 'lvs-warden', cluster, pid: process.pid }))
  for (const name of Object.keys(API_ROUTES) as Verb[]) {
    const verb = api[name] as unknown as ApiVerb<unknown, unknown>
    addRoute(app, cluster, bus, verb, API_ROUTES[name])
  }
  return app
}

/** What the API stands on. */
export interface ApiPorts {
  readonly bus: Bus
  readonly logger: Logger
}

/** Refuses what is longer before it is read. */
function limitBody(maxSize: number): MiddlewareHandler {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new ServiceError('api.too-large', `a request may have ${maxSize} bytes here`)
    },
  })
}

type RouteOnBus = Pick<ApiRoute<unknown, unknown>, 'method' | 'path' | 'timeoutMs' | 'maxBodyBytes'>

/** What a verb's request and response are is only known to its schemas here. */
function addRoute(
  app: Hono,
  cluster: string,
  bus: Bus,
  verb: ApiVerb<unknown, unknown>,
  { method, path, timeoutMs, maxBodyBytes = MAX_BODY_BYTES }: RouteOnBus,
): void {
  const read = method === 'GET' ? readQuery : readBody
  app.on(method, path, limitBody(maxBodyBytes), async (context) => {
    const request = verb.requestSchema.safeParse(await read(context))
    if (!request.success) {
      const [issue] = request.error.issues
      const where = issue?.path.join('.') ?? ''
      throw badRequest(`${verb.name}: ${where === '' ? '' : `${where}: `}${issue?.message}`)
    }
    const payload = verb.request.encode(request.data)
    const reply = await bus.request(apiSubject(cluster, verb.name), payload, timeoutMs)
    return context.json(verb.response.decode(reply) as object)
  })
}

/** Query parameters as JSON: digits become numbers where a verb has a number (`limit`). */
async function readQuery(context: Context): Promise<unknown> {
  const { limit, ...rest } = context.req.query()
  return limit === undefined ? rest : { ...rest, limit: Number(limit) }
}

async function readBody(context: Context): Promise<unknown> {
  const text = await context.req.text()
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest(`the body is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
}

function badRequest(message: string): ServiceError {
  return new ServiceError('api.bad-request', message)
}

function errorResponse(context: Context, error: unknown, logger: Logger): Response {
  if (error instanceof ServiceError) {
    const { code, message } = error
    return context.json({ error: { code, message } }, httpStatus(code))
  }
  logger.error({ error, path: context.req.path }, 'a request failed')
  const message = 'an error of ours; the log of lvs-warden tells more'
  return context.json({ error: { code: 'api.internal', message } }, 500)
}
