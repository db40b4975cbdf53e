import type { Context } from 'hono'
import { z } from 'zod'
import { ServiceError } from '../shared/runtime/service-error.ts'

/** Reads what a client asked, as JSON that is not checked yet. */
export type ReadRequest = (context: Context) => Promise<unknown>

/** Query parameters as JSON: the schema says which are numbers, yes or no, or lists. */
export function queryReader(schema: z.ZodType): ReadRequest {
  const types = typesOf(schema)
  return async (context) => {
    const given = Object.entries(context.req.queries())
    return Object.fromEntries(
      given.map(([key, values]) => [key, readValue(types.get(key), values)]),
    )
  }
}

function typesOf(schema: z.ZodType): ReadonlyMap<string, unknown> {
  const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const entries = Object.entries(properties ?? {})
  return new Map(
    entries.map(([key, each]) => [key, typeof each === 'object' ? each.type : undefined]),
  )
}

function readValue(type: unknown, values: readonly string[]): unknown {
  const [value = ''] = values
  if (type === 'array') return values
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  if (type !== 'number' && type !== 'integer') return value
  return value.trim() === '' ? value : Number(value)
}

/** The body as JSON; throws `api.bad-request`. */
export async function readBody(context: Context): Promise<unknown> {
  const text = await context.req.text()
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's own words hold a piece of the text, which may be a password.
    const where = / at position \d+/.exec(String(error))?.[0] ?? ''
    throw badRequest(`the body is not JSON${where}`)
  }
}

/** Throws `api.bad-request` with the first thing that is wrong. */
export function checkRequest<T>(name: string, schema: z.ZodType<T>, raw: unknown): T {
  const request = schema.safeParse(raw)
  if (request.success) return request.data
  const [issue] = request.error.issues
  const where = issue?.path.join('.') ?? ''
  throw badRequest(`${name}: ${where === '' ? '' : `${where}: `}${issue?.message}`)
}

function badRequest(message: string): ServiceError {
  return new ServiceError('api.bad-request', message)
}
