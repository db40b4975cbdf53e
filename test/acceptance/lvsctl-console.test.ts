import { execFile } from 'node:child_process'
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, request } from 'node:http'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createConsole } from '../../services/console/console.ts'
import { createMemoryBus, type MemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import { ServiceError } from '../../services/shared/runtime/service-error.ts'
import { type ApiVerb, api } from '../../services/shared/wire/api.ts'
import { API_ROUTES } from '../../services/shared/wire/api-routes.ts'
import { apiSubject } from '../../services/shared/wire/subjects.ts'
import { status, why } from './lvsctl-data.ts'

let folder: string
let socketPath: string
let bus: MemoryBus

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-'))
  socketPath = join(folder, 'lvs-warden.sock')
  bus = createMemoryBus()
})

afterEach(async () => {
  await bus.close()
  await rm(folder, { recursive: true })
})

const newConsole = (path = socketPath) =>
  createConsole({ cluster: 'shop', socketPath: path }, { bus, clock: createSystemClock() })

interface Answer {
  readonly status: number
  readonly body: unknown
}

function ask(method: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, method, path, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }),
      )
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

function answer<Request, Response>(
  verb: ApiVerb<Request, Response>,
  respond: (request: Request) => Response,
): void {
  bus.reply(apiSubject('shop', verb.name), (payload) =>
    verb.response.encode(respond(verb.request.decode(payload))),
  )
}

describe('the socket', () => {
  test('is for its owner only and nothing else is left beside it', async () => {
    await using console = newConsole()
    await console.start()
    const stats = await lstat(socketPath)
    expect(stats.isSocket()).toBe(true)
    expect((stats.mode & 0o777).toString(8)).toBe('600')
    expect(await readdir(folder)).toEqual(['lvs-warden.sock'])
  })

  test('is gone after stopping, and stopping twice or before starting does no harm', async () => {
    const console = newConsole()
    await console.start()
    await console.stop()
    await console.stop()
    expect(await readdir(folder)).toEqual([])
    await newConsole().stop()
  })

  test('a missing folder is made, for its owner only', async () => {
    const path = join(folder, 'run', 'lvs-warden.sock')
    await using console = newConsole(path)
    await console.start()
    expect(((await lstat(join(folder, 'run'))).mode & 0o777).toString(8)).toBe('700')
  })

  test('what a dead process left is replaced', async () => {
    const program = `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`
    await promisify(execFile)(process.execPath, ['-e', program]).catch(() => undefined)
    expect((await lstat(socketPath)).isSocket()).toBe(true)
    await using console = newConsole()
    await console.start()
    expect(await ask('GET', '/v1')).toMatchObject({ status: 200 })
  })

  test('a daemon that listens there is named and left alone', async () => {
    await using first = newConsole()
    await first.start()
    await expect(newConsole().start()).rejects.toMatchObject({
      code: 'console.socket-busy',
      message: `lvs-warden (cluster shop, process ${process.pid}) listens on ${socketPath} already: stop it, or choose another socket`,
    })
    expect(await ask('GET', '/v1')).toMatchObject({ status: 200 })
  })

  test('another program that listens there is left alone', async () => {
    const other = createHttpServer((_, response) => response.end('hello')).listen(socketPath)
    await expect(newConsole().start()).rejects.toMatchObject({
      code: 'console.socket-busy',
      message: expect.stringContaining('another program listens on'),
    })
    await new Promise((resolve) => other.close(resolve))
  })

  test('a file of that name is not touched', async () => {
    await writeFile(socketPath, 'precious')
    await expect(newConsole().start()).rejects.toMatchObject({ code: 'console.socket-unusable' })
    expect((await lstat(socketPath)).size).toBe('precious'.length)
  })

  test('a folder that others may write to is refused', async () => {
    const open = join(folder, 'open')
    await mkdir(open)
    await chmod(open, 0o777)
    await expect(newConsole(join(open, 's')).start()).rejects.toMatchObject({
      code: 'console.socket-unusable',
      message: expect.stringContaining(`others may write to ${open}`),
    })
  })

  test('a path too long for a socket is told so', async () => {
    await expect(newConsole(join(folder, 'x'.repeat(100))).start()).rejects.toMatchObject({
      code: 'console.socket-unusable',
      message: expect.stringContaining('too long for a socket'),
    })
  })
})

describe('the API', () => {
  test('every verb has a route and every route a verb', () => {
    expect(Object.keys(API_ROUTES).sort()).toEqual(Object.keys(api).sort())
  })

  test('questions are GET with query parameters, orders are POST with JSON', async () => {
    const override = { targets: ['web1'], owner: 'anna', reason: 'disk' }
    const asked: unknown[] = []
    const remember =
      <Response>(response: Response) =>
      (request: unknown) => {
        asked.push(request)
        return response
      }
    answer(api.status, remember(status()))
    answer(api.why, remember({ answers: [why()] }))
    answer(api.events, remember({ events: [] }))
    answer(api.drain, remember({ changed: [] }))
    answer(api.check, remember({ runs: [] }))
    await using console = newConsole()
    await console.start()
    expect(await ask('GET', '/v1/status')).toEqual({ status: 200, body: status() })
    expect(await ask('GET', '/v1/why?target=web%2Fweb2')).toMatchObject({ status: 200 })
    expect(await ask('GET', '/v1/events?limit=7')).toEqual({ status: 200, body: { events: [] } })
    const drain = await ask('POST', '/v1/drain', JSON.stringify(override))
    expect(drain).toEqual({ status: 200, body: { changed: [] } })
    await ask('POST', '/v1/check', '{"target":"web1"}')
    const expected = [{}, { target: 'web/web2' }, { limit: 7 }, override, { target: 'web1' }]
    expect(asked).toEqual(expected)
  })

  test.each<[string, string, string | undefined, number, string]>([
    ['GET', '/v1/why', undefined, 400, 'api.bad-request'],
    ['GET', '/v1/events?limit=many', undefined, 400, 'api.bad-request'],
    ['GET', '/v1/events?limit=0', undefined, 400, 'api.bad-request'],
    ['POST', '/v1/drain', undefined, 400, 'api.bad-request'],
    ['POST', '/v1/drain', '{"targets": [', 400, 'api.bad-request'],
    ['POST', '/v1/drain', '{"targets":[],"owner":"a","reason":""}', 400, 'api.bad-request'],
    ['POST', '/v1/drain', '[]', 400, 'api.bad-request'],
    ['POST', '/v1/drain', 'x'.repeat(70_000), 413, 'api.too-large'],
    ['POST', '/v1/status', '{}', 404, 'api.unknown-route'],
    ['GET', '/v2/status', undefined, 404, 'api.unknown-route'],
    ['GET', '/v1/status', undefined, 503, 'bus.no-responder'],
  ])('%s %s with body %.30s is %i %s', async (method, path, body, httpStatus, code) => {
    await using console = newConsole()
    await console.start()
    expect(await ask(method, path, body)).toMatchObject({
      status: httpStatus,
      body: { error: { code, message: expect.any(String) } },
    })
  })

  test('what the daemon refuses keeps its code and words', async () => {
    const message = 'no real server is called wbe1'
    answer(api.why, () => {
      throw new ServiceError('api.unknown-target', message)
    })
    await using console = newConsole()
    await console.start()
    expect(await ask('GET', '/v1/why?target=wbe1')).toEqual({
      status: 404,
      body: { error: { code: 'api.unknown-target', message } },
    })
  })

  test('stopping ends while a client keeps its connection open', async () => {
    const console = newConsole()
    await console.start()
    answer(api.status, () => status())
    await ask('GET', '/v1/status')
    const idle = createConnection(socketPath)
    await new Promise((resolve) => idle.once('connect', resolve))
    idle.on('error', () => undefined)
    await console.stop()
    idle.destroy()
  })
})
