import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApiDocument } from '../../services/console/openapi.ts'
import { type ApiConsole, startApiConsole } from '../support/api-console.ts'
import { aboutSchema, fromSchema } from '../support/schema-arbitrary.ts'

type Schema = Readonly<Record<string, unknown>>

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly schema: Schema
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { content: { 'application/json': { schema: Schema } } }
}

const { paths } = openApiDocument('0') as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) =>
      [operation.operationId, method.toUpperCase(), path, operation] as const,
  ),
)
/** The stream answers without an end, and these end what the test stands on. */
const LEFT_OUT = ['stream', 'logout', 'logoutEverywhere', 'usersRemove']
const asked = operations.filter(([name]) => !LEFT_OUT.includes(name))
const RUNS = 15

let place: ApiConsole
let token: string

beforeAll(async () => {
  place = await startApiConsole()
  token = await place.user('anna', 'admin')
})

afterAll(() => place[Symbol.asyncDispose]())

/** `{error: {code, message}}` and nothing of ours but what it says. */
function expectGoodShape(answer: Awaited<ReturnType<ApiConsole['ask']>>): void {
  if (answer.status === 200) return
  expect(answer.status).not.toBe(500)
  expect(answer.body).toEqual({
    error: { code: expect.stringMatching(/^[a-z]+\.[a-z-]+$/), message: expect.any(String) },
  })
}

function queryOf(values: object): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    for (const each of [value].flat()) {
      query.append(key, typeof each === 'string' ? each : JSON.stringify(each))
    }
  }
  return query.size === 0 ? '' : `?${query}`
}

function requestSchema({ parameters = [], requestBody }: Operation): Schema {
  if (requestBody !== undefined) return requestBody.content['application/json'].schema
  const own = parameters.filter((parameter) => parameter.in === 'query')
  return {
    type: 'object',
    properties: Object.fromEntries(own.map(({ name, schema }) => [name, schema])),
    required: own.filter(({ required }) => required).map(({ name }) => name),
  }
}

describe.each(asked)('%s', (_, method, path, operation) => {
  const schema = requestSchema(operation)
  const send = (value: unknown) =>
    method === 'GET'
      ? place.ask(method, path + queryOf(Object(value)), { token })
      : place.ask(method, path, { token, body: value })

  test('what the document allows is understood', async () => {
    await fc.assert(
      fc.asyncProperty(fromSchema(schema), async (value) => {
        const answer = await send(value)
        expectGoodShape(answer)
        expect(answer.body.error?.code).not.toBe('api.bad-request')
      }),
      { numRuns: RUNS },
    )
  })

  test('whatever else comes is refused in the one way', async () => {
    await fc.assert(
      fc.asyncProperty(aboutSchema(schema), async (value) => expectGoodShape(await send(value))),
      { numRuns: RUNS },
    )
  })
})

test('paths, methods and headers that nobody thought of are refused in the one way', async () => {
  const words = fc.constantFrom('v1', 'v2', 'status', '..', '%2e%2e', '%00', 'drain', 'é', '*', '')
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS')
  const credentials = fc.constantFrom(
    ...['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', `Bearer ${'x'.repeat(5000)}`],
    'Bearer \u00e9',
  )
  await fc.assert(
    fc.asyncProperty(method, fc.array(words), credentials, async (verb, parts, authorization) => {
      const path = encodeURI(`/${parts.join('/')}`)
      expectGoodShape(await place.ask(verb, path, { headers: { authorization } }))
    }),
    { numRuns: 150 },
  )
})

test('a body that is no JSON, or too much of it, is refused in the one way', async () => {
  for (const [body, status] of [
    ['{', 400],
    ['', 400],
    ['\u0000', 400],
    ['null', 400],
    [`"${'x'.repeat(70_000)}"`, 413],
    ['['.repeat(20_000), 400],
  ] as const) {
    const answer = await place.ask('POST', '/v1/drain', { token, body })
    expect(answer.status).toBe(status)
    expectGoodShape(answer)
  }
})
