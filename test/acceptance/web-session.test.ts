import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CSRF_HEADER, type Session } from '../../services/shared/wire/access-api.ts'
import { type ApiConsole, PASSWORD, startApiConsole } from '../support/api-console.ts'
import { status } from './lvsctl-data.ts'

let place: ApiConsole

beforeEach(async () => {
  place = await startApiConsole({
    status: () => status(),
    drain: () => ({
      changed: [
        {
          ...{ service: 'web', server: 'web1', admin: 'draining', reason: 'kernel' },
          weight: { before: 100, after: 0 },
        },
      ],
    }),
  })
})

afterEach(() => place[Symbol.asyncDispose]())

interface Browser {
  readonly session: Session
  readonly cookie: string
  /** The whole header, flags and all. */
  readonly setCookie: string
}

async function logIn(user: string, password = PASSWORD): Promise<Browser> {
  return browserOf(await place.ask('POST', '/v1/session', { body: { user, password } }))
}

function browserOf({ status: got, body, headers }: Awaited<ReturnType<ApiConsole['ask']>>) {
  expect(got).toBe(200)
  const [setCookie = ''] = headers['set-cookie'] as string[]
  return { session: body as unknown as Session, cookie: setCookie.split(';')[0] ?? '', setCookie }
}

function ask(
  { cookie }: Browser,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
) {
  return place.ask(method, path, { ...(body && { body }), headers: { cookie, ...headers } })
}

/** With the proof that our own page has. */
function order(browser: Browser, path: string, body: object = {}) {
  return ask(browser, 'POST', path, body, { [CSRF_HEADER]: browser.session.csrf ?? '' })
}

const drain = { targets: ['web/web1'], reason: 'kernel' }

describe('a log-in of a browser', () => {
  beforeEach(async () => {
    await place.user('otto', 'operator')
  })

  test('is a cookie that no script, other host or plain HTTP sees', async () => {
    const { setCookie, session } = await logIn('otto')
    expect(setCookie).toMatch(/^__Host-lvs-warden-shop=lvsw_[\w-]{43}; /)
    const flags = setCookie.split('; ').slice(1).sort()
    expect(flags).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict', 'Secure'])
    expect(session).toMatchObject({ cluster: 'shop', name: 'otto', role: 'operator' })
    expect(JSON.stringify(session)).not.toContain('lvsw_')
  })

  test('with a wrong password, or name, gets no cookie and the same words', async () => {
    const wrong = await place.ask('POST', '/v1/session', { body: { user: 'otto', password: 'x' } })
    const nobody = await place.ask('POST', '/v1/session', { body: { user: 'ute', password: 'x' } })
    expect([wrong.status, nobody.status]).toEqual([401, 401])
    expect(wrong.headers['set-cookie']).toBeUndefined()
    expect(wrong.body).toEqual(nobody.body)
  })

  test('is refused after ten wrong passwords, as any log-in', async () => {
    const attempt = (password: string) =>
      place.ask('POST', '/v1/session', { body: { user: 'otto', password } })
    for (let count = 0; count < 10; count++) expect((await attempt('wrong')).status).toBe(401)
    expect((await attempt(PASSWORD)).status).toBe(429)
  })

  test('lets ask, and give orders with the proof of our own page', async () => {
    const browser = await logIn('otto')
    expect((await ask(browser, 'GET', '/v1/status')).status).toBe(200)
    expect((await order(browser, '/v1/drain', drain)).status).toBe(200)
    const [, done] = (await place.audit()).filter(({ verb }) => verb === 'drain')
    expect(done).toMatchObject({ by: 'otto', phase: 'done', why: 'kernel' })
  })

  test('is asked for by GET /v1/session, with the same proof', async () => {
    const browser = await logIn('otto')
    expect((await ask(browser, 'GET', '/v1/session')).body).toEqual(browser.session)
  })

  test('ends with its time', async () => {
    const browser = await logIn('otto')
    await place.clock.advance(12 * 3_600_000 - 1)
    expect((await ask(browser, 'GET', '/v1/status')).status).toBe(200)
    await place.clock.advance(1)
    expect((await ask(browser, 'GET', '/v1/status')).status).toBe(401)
  })

  test('ends by log-out, which takes the cookie back', async () => {
    const browser = await logIn('otto')
    const other = await logIn('otto')
    const { headers } = await order(browser, '/v1/logout')
    expect(String(headers['set-cookie'])).toMatch(/^__Host-lvs-warden-shop=; Max-Age=0; /)
    expect((await ask(browser, 'GET', '/v1/status')).status).toBe(401)
    expect((await ask(other, 'GET', '/v1/status')).status).toBe(200)
  })

  test('ends everywhere at once, while tokens of programs go on', async () => {
    const browser = await logIn('otto')
    const other = await logIn('otto')
    const made = await order(browser, '/v1/tokens', { name: 'deploy', forMs: 3_600_000 })
    const token = String(made.body['token'])
    // `place.user` logged in once, too.
    expect((await order(browser, '/v1/logout/everywhere')).body).toEqual({ revokedTokens: 3 })
    for (const each of [browser, other])
      expect((await ask(each, 'GET', '/v1/status')).status).toBe(401)
    expect((await place.ask('GET', '/v1/status', { token })).status).toBe(200)
  })

  test('has no more rights than its user has now', async () => {
    const browser = await logIn('otto')
    const grant = { name: 'otto', role: 'viewer' }
    await place.ask('POST', '/v1/users/grant', { local: true, body: grant })
    expect((await order(browser, '/v1/drain', drain)).status).toBe(403)
    expect((await ask(browser, 'GET', '/v1/session')).body).toMatchObject({ role: 'viewer' })
    await place.ask('POST', '/v1/users/remove', { local: true, body: { name: 'otto' } })
    expect((await ask(browser, 'GET', '/v1/status')).status).toBe(401)
  })
})

describe('an order that another site makes a browser send', () => {
  let browser: Browser
  beforeEach(async () => {
    await place.user('otto', 'operator')
    browser = await logIn('otto')
  })

  test.each([
    ['without proof', {}],
    ['with an empty one', { [CSRF_HEADER]: '' }],
    ['with a guess', { [CSRF_HEADER]: 'x'.repeat(43) }],
  ])('is refused %s', async (_, headers) => {
    const { status: got, body } = await ask(browser, 'POST', '/v1/drain', drain, headers)
    expect({ got, code: body.error?.code }).toEqual({ got: 403, code: 'api.cross-site' })
  })

  test('is refused with the proof of another log-in', async () => {
    const { session } = await logIn('otto')
    const headers = { [CSRF_HEADER]: session.csrf ?? '' }
    expect((await ask(browser, 'POST', '/v1/drain', drain, headers)).status).toBe(403)
  })

  test.each(['cross-site', 'same-site'])('is refused when the browser says %s', async (site) => {
    const headers = { [CSRF_HEADER]: browser.session.csrf ?? '', 'sec-fetch-site': site }
    expect((await ask(browser, 'POST', '/v1/drain', drain, headers)).status).toBe(403)
    expect((await ask(browser, 'GET', '/v1/status', undefined, headers)).status).toBe(403)
    const body = { user: 'otto', password: PASSWORD }
    expect((await place.ask('POST', '/v1/session', { body, headers })).status).toBe(403)
  })

  test('is no matter of tokens in a header, which no browser sends by itself', async () => {
    const token = await place.user('petra', 'operator')
    expect((await place.ask('POST', '/v1/drain', { token, body: drain })).status).toBe(200)
  })
})

describe('the set-up link', () => {
  const secretOf = (link: string | undefined) => link?.split('#/setup/')[1] ?? ''
  const setUp = (secret: string, name = 'anna') =>
    place.ask('POST', '/v1/setup', { body: { secret, name, password: PASSWORD } })

  test('is shown by a start without users, and is in no log', () => {
    expect(place.setupLink).toMatch(
      new RegExp(`^https://127\\.0\\.0\\.1:${place.port}/#/setup/[\\w-]{32}$`),
    )
    expect(place.log()).not.toContain(secretOf(place.setupLink))
  })

  test('makes the first administrator and logs it in', async () => {
    const browser = browserOf(await setUp(secretOf(place.setupLink)))
    expect(browser.session).toMatchObject({ name: 'anna', role: 'admin' })
    expect((await ask(browser, 'GET', '/v1/users')).status).toBe(200)
    const lines = (await place.audit()).filter(({ verb }) => verb === 'setup')
    expect(lines.map(({ phase, by }) => [phase, by])).toEqual([
      ['asked', 'anna'],
      ['done', 'anna'],
    ])
    expect(JSON.stringify(lines)).not.toContain(secretOf(place.setupLink))
  })

  test('opens once', async () => {
    const secret = secretOf(place.setupLink)
    expect((await setUp(secret)).status).toBe(200)
    expect((await setUp(secret, 'eve')).status).toBe(403)
    expect((await logIn('anna')).session.role).toBe('admin')
  })

  test('of two at once opens for one', async () => {
    const secret = secretOf(place.setupLink)
    const both = await Promise.all([setUp(secret), setUp(secret, 'eve')])
    expect(both.map(({ status: got }) => got).sort()).toEqual([200, 403])
  })

  test('opens for no other secret', async () => {
    expect((await setUp('x'.repeat(32))).status).toBe(403)
    expect((await setUp('')).status).toBe(403)
    expect((await setUp(secretOf(place.setupLink))).status).toBe(200)
  })

  test('is dead as soon as there is a user', async () => {
    await place.user('otto', 'operator')
    expect((await setUp(secretOf(place.setupLink))).status).toBe(403)
  })
})
