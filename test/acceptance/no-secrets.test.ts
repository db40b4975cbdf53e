import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createMemorySysctlStore } from '../../services/shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../services/shared/adapters/memory-table.ts'
import { channelOpener } from '../../services/shared/adapters/notifiers/channel-opener.ts'
import { openHistory } from '../../services/shared/adapters/open-history.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import { readHistorySettings } from '../../services/shared/runtime/history-settings.ts'
import { createLogger } from '../../services/shared/runtime/logger.ts'
import type { Alerts } from '../../services/shared/wire/api-alerts.ts'
import { ACCESS_ROUTES, API_ROUTES, PLAIN_ROUTES } from '../../services/shared/wire/api-routes.ts'
import { createStandalone, type Standalone } from '../../services/standalone/compose.ts'
import { until } from '../support/apart.ts'
import { type ApiAnswer, type AskOptions, askOnce } from '../support/api-console.ts'
import { createWorkplace } from '../support/standalone.ts'

/** A real monitor with everything on; whatever it says is searched for what it must not say. */
const secrets = new Map<string, string>([
  ['password', 'pw-correct-horse-7391'],
  ['new password', 'pw-battery-staple-2846'],
  ['wrong password', 'pw-nearly-right-5520'],
  ['short password', 'pw-5hort'],
  ['address of the webhook', 'hook-path-8812734'],
  ['key of the webhook', 'hook-key-5529910'],
  ['address of Slack', 'slack-path-0072615'],
  ['token of Telegram', '5550199:telegram-token-331'],
  ['token of ntfy', 'tk_ntfy_6620418'],
  ['key of PagerDuty', 'pd-routing-key-90417'],
  ['password of the mail server', 'mail-password-77120'],
])
const CHANNELS = ['hook', 'room', 'group', 'phones', 'pager', 'post'] as const

const work = createWorkplace()
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
const answers: string[] = []
let log = ''
let echo: Server
let monitor: Standalone
let port = 0
let setupSecret = ''

const secret = (name: string) => secrets.get(name) ?? ''

/** Refuses for good whatever comes, and says all of it back: address, headers and body. */
async function startEcho(): Promise<string> {
  echo = createServer((asked, answer) => {
    let body = ''
    asked.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    asked.on('end', () => answer.writeHead(400).end(`${asked.url} ${body} ${asked.rawHeaders}`))
  })
  await once(echo.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(echo.address() as AddressInfo).port}`
}

function clusterFile(url: string): string {
  const fileOf = (name: string, text: string) => {
    const path = join(work.dir, name)
    writeFileSync(path, `${text}\n`)
    return `{ file: ${path} }`
  }
  vi.stubEnv('TEST_HOOK_KEY', secret('key of the webhook'))
  vi.stubEnv('TEST_TELEGRAM', secret('token of Telegram'))
  vi.stubEnv('TEST_PAGER', secret('key of PagerDuty'))
  const hook = fileOf('hook', `${url}/${secret('address of the webhook')}`)
  const room = fileOf('room', `${url}/${secret('address of Slack')}`)
  const phones = fileOf('phones', secret('token of ntfy'))
  const post = fileOf('post', secret('password of the mail server'))
  return `cluster: test
defaults:
  check: { type: tcp, interval: 200ms, timeout: 150ms, rise: 1, fall: 1 }
realServers:
  web1: { address: 127.0.0.1 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    realServers: { web1: { port: 1 } }
alerting:
  channels:
    hook: { type: webhook, url: ${hook}, secret: { env: TEST_HOOK_KEY } }
    room: { type: slack, url: ${room} }
    group: { type: telegram, url: ${url}, token: { env: TEST_TELEGRAM }, chat: "-100" }
    phones: { type: ntfy, server: ${url}, topic: lvs, token: ${phones} }
    pager: { type: pagerduty, url: ${url}, routingKey: { env: TEST_PAGER } }
    post: { type: mail, server: "127.0.0.1:1", from: a@example.net, to: [b@example.net], user: lvs, password: ${post} }
  grouping: { wait: 0s }
`
}

beforeAll(async () => {
  work.write(clusterFile(await startEcho()))
  const clock = createSystemClock()
  const logger = createLogger({
    level: 'debug',
    stream: {
      write(line: string) {
        log += line
      },
    },
  })
  const bus = createMemoryBus({ stateDir: work.state })
  const history = await openHistory(readHistorySettings({}), {
    ...{ stateDir: work.state, clock, logger },
  })
  const listen = { host: '127.0.0.1', port: 0 }
  monitor = createStandalone(
    {
      ...{ clusterFile: work.file, socketPath: work.socket, name: 'lb1', clearOnExit: false },
      https: { listen, certificate: { stateDir: work.dir } },
    },
    {
      ...{ bus, clock, logger, history, table: createMemoryTable() },
      sysctls: createMemorySysctlStore(),
      openChannel: channelOpener(clock),
      showSetupLink(link) {
        setupSecret = link.slice(link.lastIndexOf('/') + 1)
      },
    },
  )
  await monitor.start()
  port = Number(/"https":"127\.0\.0\.1:(\d+)"/.exec(log)?.[1])
}, 60_000)

afterAll(async () => {
  agent.destroy()
  await monitor.stop()
  echo.close()
  vi.unstubAllEnvs()
  work[Symbol.dispose]()
})

/** Asks, and keeps the answer with its headers; what it hands out on purpose is struck out. */
async function ask(
  method: string,
  path: string,
  options: AskOptions & { readonly handsOut?: 'token' | 'cookie' } = {},
): Promise<ApiAnswer> {
  const { handsOut, ...rest } = options
  const where = options.local === true ? { socketPath: work.socket } : { port, agent }
  const answer = await askOnce(where, { method, path, ...rest })
  const { 'set-cookie': cookies, ...headers } = answer.headers
  const shown = handsOut === 'cookie' ? headers : answer.headers
  const text = `${method} ${path} ${answer.status} ${answer.text} ${JSON.stringify(shown)}`
  const token = handsOut === 'token' ? String(answer.body['token']) : undefined
  const cookie = handsOut === 'cookie' ? /=([^;]+)/.exec(String(cookies))?.[1] : undefined
  const given = token ?? cookie
  if (given !== undefined) secrets.set(`token ${secrets.size}`, given)
  answers.push(token === undefined ? text : text.replace(token, ''))
  return answer
}

/** What of all that is secret stands in a text. */
function leaksIn(text: string): readonly string[] {
  return [...secrets].filter(([, value]) => text.includes(value)).map(([name]) => name)
}

function expectNoLeak(): void {
  for (const answer of answers) expect(leaksIn(answer), answer).toEqual([])
  for (const line of log.split('\n')) expect(leaksIn(line), line).toEqual([])
}

async function logIn(): Promise<string> {
  const body = { user: 'anna', password: secret('password') }
  const { status, body: answer } = await ask('POST', '/v1/login', { body, handsOut: 'token' })
  expect(status).toBe(200)
  return String(answer['token'])
}

describe('no secret stands in an answer or in the log', { timeout: 60_000 }, () => {
  test('of those who come in, or do not', async () => {
    secrets.set('set-up link', setupSecret)
    const first = { name: 'anna', password: secret('password') }
    await ask('POST', '/v1/setup', { body: { ...first, secret: `${setupSecret}x` } })
    const setup = { ...first, secret: setupSecret }
    const opened = await ask('POST', '/v1/setup', { body: setup, handsOut: 'cookie' })
    expect(opened.status).toBe(200)
    expect((await ask('POST', '/v1/setup', { body: setup })).status).not.toBe(200)
    const wrong = { user: 'anna', password: secret('wrong password') }
    for (const path of ['/v1/login', '/v1/session']) {
      expect((await ask('POST', path, { body: wrong })).status).toBe(401)
      expect((await ask('POST', path, { body: { ...wrong, user: 'nobody' } })).status).toBe(401)
      // Texts that are no JSON, keys that nobody knows, and values of another kind.
      for (const password of ['password', 'wrong password'].map(secret)) {
        await ask('POST', path, { body: `{"user":"anna","password":"${password}"` })
        await ask('POST', path, { body: password })
        await ask('POST', path, { body: { user: 'anna', password: [password] } })
        await ask('POST', path, { body: { user: 'anna', passwort: password } })
      }
    }
    const body = { user: 'anna', password: secret('password') }
    const session = await ask('POST', '/v1/session', { body, handsOut: 'cookie' })
    expect(session.status).toBe(200)
    expect(secrets.size).toBeGreaterThanOrEqual(14)
    expectNoLeak()
  })

  test('of users and tokens that are made, changed, refused and revoked', async () => {
    const token = await logIn()
    const post = (path: string, body: unknown, handsOut?: 'token') =>
      ask('POST', path, { token, body, ...(handsOut && { handsOut }) })
    const otto = { name: 'otto', role: 'operator', password: secret('new password') }
    expect((await post('/v1/users', otto)).status).toBe(200)
    expect((await post('/v1/users', otto)).status).not.toBe(200)
    const short = { ...otto, name: 'eva', password: secret('short password') }
    expect((await post('/v1/users', short)).status).toBe(400)
    expect((await post('/v1/users', { ...otto, name: 'eva', role: 'god' })).status).toBe(400)
    const wanted = { name: 'deploy', forMs: 60_000 }
    const made = await post('/v1/tokens', wanted, 'token')
    expect(made.status).toBe(200)
    const own = { name: 'anna', password: secret('new password') }
    const oldPassword = secret('wrong password')
    expect((await post('/v1/users/passwd', { ...own, oldPassword })).status).toBe(401)
    expect((await post('/v1/tokens/revoke', { id: made.body['id'] })).status).toBe(200)
    // A token that is not valid any more, one with a letter too many, and one in the wrong place.
    const revoked = String(made.body['token'])
    for (const shown of [revoked, `${token}x`, `${token} ${revoked}`]) {
      expect((await ask('GET', '/v1/status', { token: shown })).status).toBe(401)
    }
    await post('/v1/tokens/revoke', { id: 'none' })
    await ask('GET', '/v1/whoami', { headers: { cookie: `__Host-lvs-warden=${token}x` } })
    expectNoLeak()
  })

  test('of channels whose receivers say back all that they were sent', async () => {
    const token = await logIn()
    for (const channel of CHANNELS) {
      const { status, body } = await ask('POST', '/v1/alerts/test', { token, body: { channel } })
      expect([channel, status, body['outcome']]).toEqual([channel, 200, 'failed'])
    }
    await until('what could not be told', async () => {
      const { deadLetters } = (await ask('GET', '/v1/alerts', { token })).body as unknown as Alerts
      const missed = new Set(deadLetters.map(({ channel }) => channel))
      return CHANNELS.slice(0, -1).every((name) => missed.has(name)) || [...missed].join()
    })
    expectNoLeak()
  })

  test('of anything that can be asked', async () => {
    const token = await logIn()
    const past = `fromMs=${Date.now() - 3_600_000}&toMs=${Date.now()}`
    const queries: Readonly<Record<string, string>> = {
      [API_ROUTES.why.path]: '?target=web/web1',
      [API_ROUTES.history.path]: `?target=web/web1&${past}`,
      [API_ROUTES.report.path]: `?${past}`,
      [API_ROUTES.revision.path]: '?revision=1',
      [ACCESS_ROUTES.audit.path]: '?limit=1000',
    }
    const routes = Object.values({ ...API_ROUTES, ...ACCESS_ROUTES })
      .filter(({ method }) => method === 'GET')
      .map(({ path }) => path)
    const plain = [PLAIN_ROUTES.program.path, PLAIN_ROUTES.openapi.path]
    const failed: string[] = []
    for (const path of [...routes, ...plain]) {
      const { status } = await ask('GET', `${path}${queries[path] ?? ''}`, { token })
      if (status !== 200) failed.push(`${path}: ${status}`)
      await ask('GET', path)
      await ask('GET', `${path}${queries[path] ?? ''}`, { local: true })
    }
    expect(failed).toEqual([])
    answers.push(await firstOfStream())
    expectNoLeak()
  })

  test('and all of it was looked at', () => {
    expect(leaksIn(`x${secret('password')}x`)).toEqual(['password'])
    expect(log.split('\n').length).toBeGreaterThan(5)
    expect(answers.length).toBeGreaterThan(80)
  })
})

/** The stream until it has said how everything is. */
function firstOfStream(): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = PLAIN_ROUTES.stream.path
    const asking = request({ socketPath: work.socket, path }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (!text.includes('event: status')) return
        response.destroy()
        resolve(text)
      })
    })
    asking.on('error', reject)
    asking.end()
  })
}
