import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiApp, type Served } from '../../services/console/api-app.ts'
import { serveAccessVerbs, serveBusVerbs } from '../../services/console/serve-verbs.ts'
import { createSessionCookie } from '../../services/console/session/session-cookie.ts'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { ROLES, type Role } from '../../services/shared/domain/access.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import { accessApi } from '../../services/shared/wire/access-api.ts'
import { api } from '../../services/shared/wire/api.ts'
import type { ApiRoute } from '../../services/shared/wire/api-route.ts'
import { ACCESS_ROUTES, API_ROUTES, PLAIN_ROUTES } from '../../services/shared/wire/api-routes.ts'
import type { WindowStatus } from '../../services/shared/wire/api-windows.ts'
import { type ApiConsole, startApiConsole, whoami } from '../support/api-console.ts'
import { alerts, cause, incident, silence } from './lvsctl-alerts-data.ts'
import { realServer, service, status } from './lvsctl-data.ts'

/** Every route with the least role that it takes. */
const table: readonly (readonly [string, string, Role | 'anyone'])[] = [
  ...Object.values({ ...API_ROUTES, ...ACCESS_ROUTES }).map(
    ({ method, path, role }) => [method, path, role] as const,
  ),
  ...Object.values(PLAIN_ROUTES).map(({ path, role }) => ['GET', path, role] as const),
]

const ofWeb = cause({ key: 'down/web/web1', service: 'web', server: 'web1' })
const ofMail = cause({ key: 'down/mail/both1', service: 'mail', server: 'both1' })
const ofDirector = cause({ key: 'director-silent/lvs1', director: 'lvs1' })
const ofOverride = (server: string) => cause({ key: `override-ends/${server}`, server })

const INCIDENTS = [
  incident({ incident: 1, causes: [ofWeb] }),
  incident({ incident: 2, causes: [ofWeb, { ...ofMail, endedAt: ofMail.since }] }),
  incident({ incident: 3, causes: [ofWeb, ofDirector] }),
  incident({ incident: 4, causes: [ofOverride('web1')] }),
  incident({ incident: 5, causes: [ofOverride('both1')] }),
]
const SILENCES = [
  silence({ id: 'ours', match: { services: ['web'] } }),
  silence({ id: 'theirs', match: { services: ['mail'] } }),
  silence({ id: 'all', match: {} }),
]

const callers = ['nobody', ...ROLES] as const
type Caller = (typeof callers)[number]

let place: ApiConsole
let tokens: Readonly<Record<Caller, string | undefined>>

beforeAll(async () => {
  const web = service({
    realServers: [
      realServer({ name: 'web1', zone: 'a' }),
      realServer({ name: 'both1', zone: 'web/mail' }),
    ],
  })
  const mail = service({
    name: 'mail',
    realServers: [realServer({ name: 'both1', zone: 'web/mail' })],
  })
  const here = status({ services: [web, mail] })
  place = await startApiConsole({
    status: () => here,
    drain: () => ({ changed: [] }),
    check: () => ({ runs: [] }),
    windows: () => ({ windows: [windowOf('night', 'web/web1'), windowOf('mails', 'both1')] }),
    windowAdd: () => ({ windows: [] }),
    windowRemove: () => ({ windows: [] }),
    alerts: () => alerts({ incidents: INCIDENTS }),
    ack: () => ({ incident: incident() }),
    silences: () => ({ silences: SILENCES }),
    silenceAdd: () => ({ silences: [] }),
    silenceRemove: () => ({ silences: [] }),
  })
  tokens = {
    nobody: undefined,
    viewer: await place.user('vera', 'viewer'),
    operator: await place.user('otto', 'operator'),
    admin: await place.user('anna', 'admin'),
  }
})

afterAll(() => place[Symbol.asyncDispose]())

function windowOf(name: string, ...targets: string[]): WindowStatus {
  const often = { source: 'command-line', cron: '0 3 * * *', timeZone: 'UTC' } as const
  return { name, ...often, act: 'drain', targets, reason: '', forMs: 60_000 }
}

describe('the table of routes', () => {
  test('has every route that is served, and every route in it is served', () => {
    const served: readonly Served[] = [
      ...serveBusVerbs('shop', createMemoryBus()),
      ...serveAccessVerbs({} as never, {} as never, createSessionCookie('shop')),
    ]
    const nothing = {} as never
    const cookie = createSessionCookie('shop')
    const parts = { cluster: 'shop', version: '0', logger: silentLogger, cookie, served }
    const app = createApiApp({ ...parts, gate: nothing, audit: nothing, streams: nothing })
    const routes = app.routes.filter(({ path }) => path !== '/*')
    const names = new Set(routes.map(({ method, path }) => `${method} ${path}`))
    expect([...names].sort()).toEqual(table.map(([method, path]) => `${method} ${path}`).sort())
  })

  test('says of each verb who may use it, and of each change what is written down', () => {
    const verbs = { ...api, ...accessApi }
    for (const [name, route] of Object.entries<ApiRoute<never, never>>({
      ...API_ROUTES,
      ...ACCESS_ROUTES,
    })) {
      expect(['anyone', ...ROLES]).toContain(route.role)
      // What changes something is an order, and no question is one.
      if (route.changes) expect(route.method).toBe('POST')
      if (route.method === 'GET') expect(route.changes).toBe(false)
      expect(Object.keys(verbs)).toContain(name)
    }
  })
})

describe.each(callers)('%s', (caller) => {
  test.each(table)(`as ${caller}: %s %s (from %s)`, async (method, path, role) => {
    const token = tokens[caller]
    const here = path === PLAIN_ROUTES.stream.path ? `${path}?topics=neither` : path
    // The body is wrong on purpose: nothing is done, and who may not is told so before it is read.
    const options = { ...(method === 'POST' && { body: '?' }), ...(token && { token }) }
    const { status: got, body } = await place.ask(method, here, options)
    const may = role === 'anyone' || (caller !== 'nobody' && includes(caller, role))
    if (may) expect([401, 403]).not.toContain(got)
    else {
      expect(got).toBe(caller === 'nobody' ? 401 : 403)
      expect(body.error?.code).toBe(caller === 'nobody' ? 'api.unauthenticated' : 'api.forbidden')
    }
  })
})

function includes(caller: Role, needed: Role): boolean {
  return ROLES.indexOf(caller) >= ROLES.indexOf(needed)
}

describe('an operator of some services', () => {
  let token: string
  const drain = (target: string) =>
    place.ask('POST', '/v1/drain', { token, body: { targets: [target], reason: '' } })

  beforeAll(async () => {
    token = await place.user('wanda', 'operator', ['web', 'ftp-*'])
  })

  test.each([
    ['web/web1', 200],
    ['web1', 200],
    ['ftp-eu/ftp1', 200],
    ['mail/both1', 403],
    ['both1', 403],
    ['webmail/web1', 403],
    ['web2/../web/web1', 403],
    ['nowhere1', 404],
    ['zone:a', 200],
    ['zone:web/mail', 403],
    ['zone:none', 404],
  ])('may drain %s: %i', async (target, wanted) => {
    expect((await drain(target)).status).toBe(wanted)
  })

  test('of several targets each must have been granted', async () => {
    const body = { targets: ['web/web1', 'mail/both1'], reason: '' }
    expect((await place.ask('POST', '/v1/drain', { token, body })).status).toBe(403)
  })

  test.each([
    ['night', 200],
    ['mails', 403],
    ['none', 200],
  ])('may end the window %s: %i', async (name, wanted) => {
    const body = { name, reason: '' }
    const answer = await place.ask('POST', '/v1/windows/remove', { token, body })
    expect(answer.status).toBe(wanted)
  })

  test.each([
    ['fresh', { service: 'web', server: 'web1' }, 200],
    ['night', { server: 'web1' }, 200],
    ['fresh', { server: 'both1' }, 403],
    // It would take the place of one that concerns mail.
    ['mails', { server: 'web1' }, 403],
  ])('may make a window %s of %o: %i', async (name, target, wanted) => {
    const start = { type: 'once', at: 0 }
    const window = { name, start, forMs: 60_000, act: 'drain', targets: [target], reason: '' }
    const answer = await place.ask('POST', '/v1/windows', { token, body: { window } })
    expect(answer.status).toBe(wanted)
  })

  test.each([
    [1, 'web only', 200],
    [2, 'web, and mail that is over', 403],
    [3, 'web and a director', 403],
    [4, 'web1 in all its services', 200],
    [5, 'both1 in all its services', 403],
    [6, 'nothing that is known', 200],
  ])('may take on incident %i of %s: %i', async (number, _, wanted) => {
    const body = { incident: number, reason: '' }
    expect((await place.ask('POST', '/v1/ack', { token, body })).status).toBe(wanted)
  })

  test.each([
    [{ services: ['web'] }, 200],
    [{ services: ['web', 'ftp-eu'] }, 200],
    [{ services: ['web', 'mail'] }, 403],
    [{ services: ['web'], zones: ['web/mail'] }, 200],
    [{ servers: ['web1'] }, 200],
    [{ servers: ['both1'] }, 403],
    [{ servers: ['web/web1'] }, 404],
    [{ zones: ['a'] }, 200],
    [{ zones: ['a', 'web/mail'] }, 403],
    [{ directors: ['lvs1'] }, 403],
    [{ kinds: ['down'] }, 403],
    [{}, 403],
  ])('may silence %j: %i', async (match, wanted) => {
    const silenced = { match, reason: '', forMs: 60_000 }
    const answer = await place.ask('POST', '/v1/silences', { token, body: silenced })
    expect(answer.status).toBe(wanted)
    // Other things may join the incident later, so that it bounds nothing.
    const body = { ...silenced, incident: 1 }
    expect((await place.ask('POST', '/v1/silences', { token, body })).status).toBe(wanted)
  })

  test.each([
    ['ours', 200],
    ['theirs', 403],
    ['all', 403],
    ['none', 200],
  ])('may end the silence %s: %i', async (id, wanted) => {
    const body = { id, reason: '' }
    const answer = await place.ask('POST', '/v1/silences/remove', { token, body })
    expect(answer.status).toBe(wanted)
  })

  test('may ask all that a viewer may', async () => {
    expect((await place.ask('GET', '/v1/status', { token })).status).toBe(200)
  })

  test.each(Object.entries<ApiRoute<never, never>>(API_ROUTES))(
    'an order that names no services is not for such a one: %s',
    async (_, { method, path, role, touches, changes }) => {
      if (!changes || role !== 'operator' || touches !== undefined) return
      const body = { name: 'w1', window: {}, reason: '', services: [], target: 'web/web1' }
      const answer = await place.ask(method, path, { token, body })
      expect([400, 403]).toContain(answer.status)
    },
  )
})

describe('what counts is the present, not the log-in', () => {
  test('a grant that is taken back holds at once, for a token as well', async () => {
    const token = await place.user('greta', 'admin')
    expect(await whoami(place, token)).toMatchObject({ role: 'admin' })
    await place.ask('POST', '/v1/users/grant', {
      local: true,
      body: { name: 'greta', role: 'operator', services: ['mail'] },
    })
    expect(await whoami(place, token)).toMatchObject({ role: 'operator', services: ['mail'] })
    await place.ask('POST', '/v1/users/remove', { local: true, body: { name: 'greta' } })
    expect((await place.ask('GET', '/v1/whoami', { token })).status).toBe(401)
  })

  test('a token ends with its time', async () => {
    const token = await place.user('theo', 'viewer')
    await place.clock.advance(12 * 3_600_000 - 1)
    expect((await place.ask('GET', '/v1/whoami', { token })).status).toBe(200)
    await place.clock.advance(1)
    expect((await place.ask('GET', '/v1/whoami', { token })).status).toBe(401)
  })
})
