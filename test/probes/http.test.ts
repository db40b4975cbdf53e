import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { http, https } from '../../probes/http.ts'
import { RESPONSE_LIMIT } from '../../probes/http-response.ts'
import { runCheck } from '../../probes/run-check.ts'
import * as hostile from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'

describe.each([4, 6] as const)('http() over IPv%i', (family) => {
  let target: Target
  const server = createServer(answer)

  beforeAll(async () => {
    const host = family === 4 ? '127.0.0.1' : '::1'
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    const bound = server.address()
    const port = bound !== null && typeof bound === 'object' ? bound.port : 0
    target = { address: host, family, port }
  })
  afterAll(() => {
    server.close()
  })

  test('passes on a status that is wanted, by default any 2xx', async () => {
    expect(verdict(await probe(http, target))).toBe('pass')
    const status = (wanted: unknown): object => ({ path: '/404', expect: { status: wanted } })
    for (const wanted of [404, '404', '400-499', [200, '404'], ['200-299', '400-410']]) {
      expect(verdict(await probe(http, target, status(wanted)))).toBe('pass')
    }
    for (const wanted of [200, '200-299', [200, '500-599']]) {
      expect(verdict(await probe(http, target, status(wanted)))).toBe('fail http.status')
    }
  })

  test('says what it wanted and what it got', async () => {
    const outcome = await probe(http, target, { path: '/503' })
    expect(outcome).toMatchObject({
      outcome: 'fail',
      layer: 'protocol',
      detail: 'want status 200-299, got HTTP 503 Service Unavailable',
    })
  })

  test('follows no redirect', async () => {
    expect(verdict(await probe(http, target, { path: '/301' }))).toBe('fail http.status')
  })

  test('matches the body, and its inverse, in UTF-8', async () => {
    const body = (expected: object): object => ({ path: '/body', expect: expected })
    expect(verdict(await probe(http, target, body({ body: 'ready ✓' })))).toBe('pass')
    expect(verdict(await probe(http, target, body({ body: '^ready' })))).toBe('pass')
    expect(verdict(await probe(http, target, body({ body: 'broken' })))).toBe('fail http.body')
    expect(verdict(await probe(http, target, body({ notBody: 'broken' })))).toBe('pass')
    const unwanted = await probe(http, target, body({ notBody: 'rea.y' }))
    expect(unwanted).toMatchObject({ layer: 'content', code: 'http.body' })
    expect(unwanted.detail).toContain('got ready')
  })

  test('sends method, path, Host, headers and body as told', async () => {
    const echo = async (options: object): Promise<string> => {
      const outcome = await probe(http, target, { ...options, expect: { body: '^nothing$' } })
      return outcome.detail
    }
    const [host, port] = [family === 4 ? target.address : '[::1]', target.port]
    const options = { method: 'POST', path: '/echo?a=b', body: 'ü', headers: { 'X-Y': 'z' } }
    const said = await probe(http, target, { ...options, expect: { body: '^nothing$' } })
    expect(said.detail).toContain(`POST /echo?a=b host=${host}:${port} x-y=z length=2`)
    expect(await echo({ path: '/echo', host: 'shop.test' })).toContain('host=shop.test')
    expect(await echo({ path: '/echo', headers: { Host: 'a.test' } })).toContain('host=a.test')
    const agent = { path: '/echo', headers: { 'user-agent': 'me' } }
    expect(await echo(agent)).toContain('agent=me')
  })

  test('reads no body after a HEAD', async () => {
    const options = { method: 'HEAD', path: '/body', expect: { notBody: 'ready' } }
    expect(verdict(await probe(http, target, options))).toBe('pass')
  })

  test('shows the exchange with secrets masked', async () => {
    const transcript = new TranscriptRecorder()
    const headers = { Authorization: 'Basic c2VjcmV0', 'X-Api-Token': 'secret' }
    const options = http.options.parse({ headers })
    await runCheck(http, target, options, { timeoutMs: 5000, transcript })
    const text = transcript.lines.join('\n')
    expect(text).toContain('> GET / HTTP/1.1')
    expect(text).toContain('< HTTP/1.1 200 OK')
    expect(text).toContain('Authorization: ***')
    expect(text).not.toMatch(/secret|c2VjcmV0/)
  })
})

describe('http() against a sick server', () => {
  const cases: readonly (readonly [string, hostile.Behaviour, string])[] = [
    ['hangs', hostile.hangs, 'fail http.timeout'],
    ['closes at once', hostile.closesAtOnce, 'fail http.closed'],
    ['closes in the head', hostile.saysThenCloses('HTTP/1.1 200 OK\r\nA:'), 'fail http.closed'],
    ['stops in the head', hostile.saysThenHangs('HTTP/1.1 200 OK\r\nA:'), 'fail http.timeout'],
    ['resets after the request', hostile.answersThenResets(), 'fail http.reset'],
    ['resets in the head', hostile.saysThenResets('HTTP/1.1 200 OK\r\n'), 'fail http.reset'],
    ['sends garbage', hostile.garbage, 'fail http.garbage'],
    ['speaks SMTP', hostile.saysThenHangs('220 mail\r\n'), 'fail http.garbage'],
    [
      'sends a line without end',
      hostile.endlessLine('HTTP/1.1 200 OK\r\nA: '),
      'fail http.head-too-big',
    ],
    [
      'sends headers without end',
      hostile.endlessLines('HTTP/1.1 100 X\r\n\r\n'),
      'fail http.too-big',
    ],
    [
      'drips its head',
      hostile.drips(`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(99)}`),
      'fail http.timeout',
    ],
  ]
  test.each(cases)('that %s', async (_name, behaviour, wanted) => {
    const server = await hostile.startHostileServer(behaviour)
    expect(verdict(await probe(http, server.target, {}, 400))).toBe(wanted)
    // What fits into the buffers of both kernels comes on top of what the check read.
    expect(server.sentBytes()).toBeLessThan(RESPONSE_LIMIT + 16 * 1024 * 1024)
    await server.close()
  })

  test('that pours a body without end: its start is matched', async () => {
    const options = { expect: { body: 'xxx', notBody: 'y' } }
    const pours = hostile.endlessLine('HTTP/1.1 200 OK\r\n\r\n')
    expect(await verdictOn(http, pours, { options })).toBe('pass')
  })

  test('that sends a body on which the pattern never ends is inconclusive, soon', async () => {
    const options = { expect: { body: 'x+y' } }
    const pours = hostile.endlessLine('HTTP/1.1 200 OK\r\n\r\n')
    expect(await verdictOn(http, pours, { options })).toBe('inconclusive local.pattern')
  })

  test('that drips its body is failed at the deadline if the body matters', async () => {
    const drips = hostile.saysThenHangs('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab')
    expect(await verdictOn(http, drips)).toBe('pass')
    const options = { expect: { body: 'ab' } }
    expect(await verdictOn(http, drips, { options })).toBe('fail http.timeout')
  })

  test('on a closed port', async () => {
    for (const family of [4, 6] as const) {
      const outcome = await probe(http, await hostile.closedPort(family))
      expect(verdict(outcome)).toBe('fail connect.refused')
    }
  })
})

describe('http() options', () => {
  const bad: readonly (readonly [string, object, RegExp])[] = [
    ['a broken expression', { expect: { body: '(' } }, /want a regular expression/],
    ['a status that is none', { expect: { status: '2xx' } }, /want a status or a range|Invalid/],
    ['a header that smuggles a line', { headers: { A: 'b\r\nC: d' } }, /on one line/],
    ['a header name with a space', { headers: { 'A b': 'c' } }, /header name|Invalid key/],
    ['a path with a space', { path: '/a b' }, /starts with \//],
    ['a path without slash', { path: 'health' }, /starts with \//],
    ['a key that does not exist', { sni: 'x' }, /sni/],
  ]
  test.each(bad)('refuse %s', (_name, options, message) => {
    expect(http.options.safeParse(options).error?.message).toMatch(message)
  })

  test('of https name the file that cannot be read, and blame nobody', async () => {
    const server = await hostile.startHostileServer(hostile.hangs)
    const outcome = await probe(https, server.target, { ca: '/nowhere/ca.pem' })
    expect(verdict(outcome)).toBe('inconclusive local.ca')
    expect(outcome.detail).toContain('/nowhere/ca.pem')
    await server.close()
  })
})

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '/', headers } = request
  const status = Number(/^\/(\d{3})$/.exec(url)?.[1] ?? 200)
  response.statusCode = status
  if (status === 301) response.setHeader('Location', '/')
  if (url === '/body') response.end('first line\nready ✓\n')
  else if (url.startsWith('/echo')) {
    const { host, 'x-y': xy = '', 'content-length': length = 0, 'user-agent': agent } = headers
    response.end(`${method} ${url} host=${host} x-y=${xy} length=${length} agent=${agent}`)
  } else response.end('ok')
}
