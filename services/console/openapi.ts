import { z } from 'zod'
import { accessApi } from '../shared/wire/access-api.ts'
import { api } from '../shared/wire/api.ts'
import { ACCESS_ROUTES, API_ROUTES, PLAIN_ROUTES } from '../shared/wire/api-routes.ts'
import { loggedEventSchema } from '../shared/wire/log-event-message.ts'
import { statusSchema } from '../shared/wire/status.ts'
import { statusDeltaSchema } from '../shared/wire/status-delta.ts'
import { streamRequestSchema } from '../shared/wire/stream-message.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** What a route needs for its place in the document. */
interface RouteText {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  readonly role: string
  readonly changes: boolean
  readonly signed?: string
}

const ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { type: 'string' }, message: { type: 'string' } },
    },
  },
} as const

/** The API in OpenAPI 3.1, made from the verbs' schemas and the table of routes. */
export function openApiDocument(version: string): JsonSchema {
  const verbs = { ...api, ...accessApi }
  const routes = { ...API_ROUTES, ...ACCESS_ROUTES }
  const paths: Record<string, JsonSchema> = {}
  for (const name of Object.keys(routes) as (keyof typeof routes)[]) {
    const route = routes[name] as RouteText
    const { requestSchema, responseSchema } = verbs[name]
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operation(name, route, requestSchema, responseSchema),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'LVS Warden',
      version,
      description:
        'Questions and orders of operators. Errors are `{"error": {"code", "message"}}`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: { ...plainPaths(), ...paths },
    components: {
      schemas: { Error: ERROR },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function operation(
  name: string,
  route: RouteText,
  requestSchema: z.ZodType,
  responseSchema: z.ZodType,
): JsonSchema {
  const request = withoutKey(jsonSchema(requestSchema, 'input'), route.signed)
  const asked =
    route.method === 'GET'
      ? { parameters: parametersOf(request) }
      : { requestBody: { required: true, content: { 'application/json': { schema: request } } } }
  return {
    operationId: name,
    summary: route.summary,
    ...security(route.role),
    'x-changes': route.changes,
    ...asked,
    responses: {
      '200': {
        description: 'done',
        content: { 'application/json': { schema: jsonSchema(responseSchema, 'output') } },
      },
      default: refusal(),
    },
  }
}

function plainPaths(): Record<string, JsonSchema> {
  const { program, openapi, stream } = PLAIN_ROUTES
  const simple = (operationId: string, { summary, role }: { summary: string; role: string }) => ({
    get: {
      ...{ operationId, summary, ...security(role) },
      responses: {
        '200': {
          description: 'done',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
        default: refusal(),
      },
    },
  })
  return {
    [program.path]: simple('program', program),
    [openapi.path]: simple('openapi', openapi),
    [stream.path]: {
      get: {
        operationId: 'stream',
        summary: stream.summary,
        ...security(stream.role),
        parameters: [
          ...parametersOf(jsonSchema(streamRequestSchema, 'input')),
          { name: 'Last-Event-ID', in: 'header', schema: { type: 'integer', minimum: 0 } },
        ],
        responses: {
          '200': {
            description:
              '`status` (all), `status-change` (what changed), `event`, `trouble`, `alive`',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          default: refusal(),
        },
        'x-messages': {
          status: jsonSchema(statusSchema, 'output'),
          'status-change': jsonSchema(statusDeltaSchema, 'output'),
          event: jsonSchema(loggedEventSchema, 'output'),
          trouble: ERROR.properties.error,
        },
      },
    },
  }
}

function security(role: string): JsonSchema {
  return role === 'anyone' ? { security: [] } : { security: [{ token: [] }], 'x-role': role }
}

function refusal(): JsonSchema {
  return {
    description: 'refused, or failed',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
}

/** Bounds of numbers in JavaScript and `pattern` beside `format` are noise. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ jsonSchema: each }) {
      if (each.minimum === Number.MIN_SAFE_INTEGER) delete each.minimum
      if (each.maximum === Number.MAX_SAFE_INTEGER) delete each.maximum
      if (each.format === 'date-time') delete each.pattern
      // A later version may add keys.
      if (io === 'output') delete each.additionalProperties
    },
  })
  return made
}

/** The console writes this key itself. */
function withoutKey(schema: JsonSchema, key: string | undefined): JsonSchema {
  if (key === undefined) return schema
  const { [key]: _, ...properties } = schema['properties'] as Record<string, unknown>
  const required = schema['required'] as readonly string[]
  return { ...schema, properties, required: required.filter((name) => name !== key) }
}

function parametersOf(schema: JsonSchema): readonly JsonSchema[] {
  const required = (schema['required'] ?? []) as readonly string[]
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
  return Object.entries(properties).map(([name, { description, ...each }]) => ({
    ...{ name, in: 'query', required: required.includes(name) },
    ...(description !== undefined && { description }),
    schema: each,
  }))
}
