import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openAccessBook } from '../../services/console/access/access-book.ts'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import { tokenMessage } from '../../services/shared/wire/access-message.ts'
import { type ApiConsole, PASSWORD, startApiConsole, whoami } from '../support/api-console.ts'
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

const DAY = 86_400_000

describe('tokens', () => {
  test('are made for oneself, listed without themselves, and end at once when revoked', async () => {
    const token = await place.user('otto', 'operator')
    const body = { name: 'deploy', forMs: 30 * DAY }
    const made = await place.ask('POST', '/v1/tokens', { token, body })
    const secret = String(made.body['token'])
    expect(secret).toMatch(/^lvsw_[\w-]{43}$/)
    expect(await whoami(place, secret)).toMatchObject({ name: 'otto', role: 'operator' })
    const list = await place.ask('GET', '/v1/tokens', { token })
    expect(list.text).not.toContain(secret)
    expect(list.body['tokens']).toMatchObject([{ name: 'deploy', kind: 'api' }, { kind: 'login' }])
    const { id } = made.body
    await place.ask('POST', '/v1/tokens/revoke', { token, body: { id } })
    expect((await place.ask('GET', '/v1/whoami', { token: secret })).status).toBe(401)
  })

  test('may be narrower than their user, never wider, and cannot widen themselves', async () => {
    const token = await place.user('otto', 'operator')
    const make = (by: string, wish: object) =>
      place.ask('POST', '/v1/tokens', { token: by, body: { name: 'x', forMs: DAY, ...wish } })
    expect((await make(token, { role: 'admin' })).status).toBe(403)
    const narrow = await make(token, { role: 'operator', services: ['web'] })
    const secret = String(narrow.body['token'])
    expect(await whoami(place, secret)).toMatchObject({ role: 'operator', services: ['web'] })
    expect((await make(secret, {})).status).toBe(403)
    expect((await make(secret, { services: ['*'] })).status).toBe(403)
    expect((await make(secret, { services: ['web'] })).status).toBe(200)
    const viewer = String((await make(token, { role: 'viewer' })).body['token'])
    const again = await make(viewer, {})
    expect(again.body).toMatchObject({ role: 'viewer' })
    expect((await make(viewer, { role: 'operator' })).status).toBe(403)
  })

  test('of others are for an admin only, and a stranger does not learn which there are', async () => {
    const otto = await place.user('otto', 'operator')
    const vera = await place.user('vera', 'viewer')
    const anna = await place.user('anna', 'admin')
    const body = { name: 'x', user: 'otto', forMs: DAY }
    expect((await place.ask('POST', '/v1/tokens', { token: vera, body })).status).toBe(403)
    const { tokens } = (await place.ask('GET', '/v1/tokens', { token: otto })).body as {
      tokens: { id: string }[]
    }
    const one = { id: tokens[0]?.id }
    expect((await place.ask('GET', '/v1/tokens', { token: vera })).text).not.toContain('otto')
    const refused = await place.ask('POST', '/v1/tokens/revoke', { token: vera, body: one })
    expect(refused.status).toBe(404)
    expect((await place.ask('POST', '/v1/tokens/revoke', { token: anna, body: one })).status).toBe(
      200,
    )
  })

  test('the whole hash is compared, not only the part that finds the record', async () => {
    const bus = createMemoryBus()
    const book = await openAccessBook('shop', { bus, logger: silentLogger })
    const user = { name: 'x', user: 'anna', kind: 'api', createdAt: 0, expiresAt: DAY } as const
    const { secret, id } = await book.addToken(user)
    expect(book.findToken(secret)?.id).toBe(id)
    const bucket = await bus.keyValue('shop-users')
    const record = book.token(id)
    if (record === undefined) throw new Error('no record')
    const forged = { ...record, hash: Buffer.alloc(32).toString('base64') }
    await bucket.put(`token.${id}`, tokenMessage.encode(forged))
    await bus.settled()
    expect(book.findToken(secret)).toBeUndefined()
    await bus.close()
  })
})

describe('passwords', () => {
  const change = (token: string | undefined, body: object) =>
    place.ask('POST', '/v1/users/passwd', {
      ...(token === undefined ? { local: true } : { token }),
      body: { name: 'otto', password: 'another good password', ...body },
    })

  test('one’s own takes the old one, and ends log-ins elsewhere', async () => {
    const token = await place.user('otto', 'operator')
    const login = { user: 'otto', password: PASSWORD }
    const elsewhere = (await place.ask('POST', '/v1/login', { body: login })).body['token']
    expect((await change(token, {})).status).toBe(401)
    expect((await change(token, { oldPassword: 'wrong' })).status).toBe(401)
    const changed = await change(token, { oldPassword: PASSWORD })
    expect(changed.body).toEqual({ changed: 'otto', revokedTokens: 1 })
    expect((await place.ask('GET', '/v1/whoami', { token })).status).toBe(200)
    const other = await place.ask('GET', '/v1/whoami', { token: String(elsewhere) })
    expect(other.status).toBe(401)
    expect((await place.ask('POST', '/v1/login', { body: login })).status).toBe(401)
  })

  test('of others are for an admin, and on the local socket nobody is asked', async () => {
    await place.user('otto', 'operator')
    const vera = await place.user('vera', 'viewer')
    expect((await change(vera, {})).status).toBe(403)
    expect((await change(undefined, {})).status).toBe(200)
  })

  test('short ones are refused', async () => {
    const answer = await change(undefined, { password: 'short' })
    expect(answer.body.error).toMatchObject({ code: 'api.bad-request' })
  })

  test('guessing the old one is limited as logging in is', async () => {
    const token = await place.user('otto', 'operator')
    const codes = new Set<number>()
    for (let count = 0; count < 12; count++) {
      codes.add((await change(token, { oldPassword: 'wrong' })).status)
    }
    expect([...codes]).toEqual([401, 429])
  })
})

test('two that add the same user at once: one does, the other is told', async () => {
  const body = { name: 'twin', role: 'viewer' }
  const both = await Promise.all(
    [1, 2].map(() => place.ask('POST', '/v1/users', { local: true, body })),
  )
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
})

describe('who gives an order', () => {
  test('over HTTPS is who is logged in, whatever the request says', async () => {
    const token = await place.user('otto', 'operator')
    const body = { targets: ['web1'], owner: 'somebody else', reason: 'kernel' }
    await place.ask('POST', '/v1/drain', { token, body })
    expect((await place.audit()).at(-1)).toMatchObject({ by: 'otto', verb: 'drain' })
  })

  test('on the local socket is whom lvsctl speaks for, or the user at its other end', async () => {
    const body = { targets: ['web1'], reason: 'kernel' }
    const headers = { 'lvs-warden-owner': 'J%C3%BCrgen' }
    await place.ask('POST', '/v1/drain', { local: true, body, headers })
    await place.ask('POST', '/v1/drain', { local: true, body })
    const [first, , second] = (await place.audit()).filter(({ verb }) => verb === 'drain')
    expect(first?.by).toBe('Jürgen')
    const uid = process.getuid?.()
    expect(second?.from).toMatch(
      new RegExp(`^local socket, uid ${uid} \\(${second?.by}\\), process ${process.pid}$`),
    )
  })
})

describe('the audit log', () => {
  test('has every change twice: asked before, and what came of it', async () => {
    const token = await place.user('otto', 'operator')
    const body = { targets: ['web1'], reason: 'kernel' }
    await place.ask('POST', '/v1/drain', { token, body })
    const [asked, done] = (await place.audit()).slice(-2)
    const who = { by: 'otto', role: 'operator', verb: 'drain', why: 'kernel', id: asked?.id }
    expect(asked).toMatchObject({ ...who, phase: 'asked', request: { targets: ['web1'] } })
    expect(asked?.from).toMatch(/^127\.0\.0\.1, token [0-9a-f]{16} \(login from 127\.0\.0\.1\)$/)
    const weights = { before: { 'web/web1': 100 }, after: { 'web/web1': 0 } }
    expect(done).toMatchObject({ ...who, phase: 'done', ...weights })
  })

  test('has what failed, what was refused, and log-ins that did not work', async () => {
    const token = await place.user('vera', 'viewer')
    await place.ask('POST', '/v1/drain', { token, body: {} })
    await place.ask('POST', '/v1/login', { body: { user: 'vera', password: 'wrong' } })
    await place.ask('GET', '/v1/status', { token: 'lvsw_nonsense' })
    const body = { targets: ['web1'], reason: '', owner: '' }
    await place.ask('POST', '/v1/enable', { local: true, body })
    const told = (await place.audit())
      .slice(-5)
      .map(({ by, verb, phase, error }) => [...[by, verb, phase, error?.code]])
    expect(told.slice(0, 3)).toEqual([
      ['vera', 'drain', 'refused', 'api.forbidden'],
      ['vera', 'login', 'refused', 'api.unauthenticated'],
      ['nobody known', 'status', 'refused', 'api.unauthenticated'],
    ])
    expect(told.slice(3).map(([, ...rest]) => rest)).toEqual([
      ['enable', 'asked', undefined],
      ['enable', 'failed', 'api.unknown-target'],
    ])
  })

  test('a flood of refusals is counted, not kept', async () => {
    for (let count = 0; count < 100; count++) await place.ask('GET', '/v1/status')
    expect(await place.audit()).toHaveLength(60)
    await place.clock.advance(10_000)
    await place.ask('GET', '/v1/status')
    expect((await place.audit()).at(-1)).toMatchObject({ phase: 'refused', unwritten: 40 })
  })

  test('when it cannot be written nothing is done', async () => {
    const log = await place.bus.log('shop-audit')
    log.append = () => Promise.reject(new Error('the disk is full'))
    const body = { name: 'otto', role: 'viewer' }
    const answer = await place.ask('POST', '/v1/users', { local: true, body })
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'audit.unwritable' } } })
    const { body: users } = await place.ask('GET', '/v1/users', { local: true })
    expect(users).toEqual({ users: [] })
  })

  test('is asked for by time and by name', async () => {
    await place.user('otto', 'operator')
    await place.clock.advance(60_000)
    await place.user('vera', 'viewer')
    const since = place.clock.now() - 1000
    const late = await place.ask('GET', `/v1/audit?since=${since}`, { local: true })
    expect(late.text).toContain('vera')
    expect(late.text).not.toContain('otto')
    const own = await place.ask('GET', '/v1/audit?user=otto', { local: true })
    expect(own.body['entries']).toMatchObject([{ verb: 'login' }, { verb: 'login' }])
  })
})

test('no password and no token stands in a log, an answer, the audit log or a bucket', async () => {
  const secrets = ['first secret words', 'second secret words', 'guess-of-a-thief', PASSWORD]
  const [first = '', second = '', guess = ''] = secrets
  const texts: string[] = []
  const ask: ApiConsole['ask'] = async (...args) => {
    const answer = await place.ask(...args)
    const { token, ...rest } = answer.body
    if (typeof token === 'string') secrets.push(token)
    texts.push(JSON.stringify(rest), JSON.stringify(answer.headers))
    return answer
  }
  const anna = { name: 'anna', role: 'admin', password: first }
  await ask('POST', '/v1/users', { local: true, body: anna })
  await ask('POST', '/v1/users', { local: true, body: anna })
  await ask('POST', '/v1/users', { local: true, body: { ...anna, name: '!', password: first } })
  const { body } = await ask('POST', '/v1/login', { body: { user: 'anna', password: first } })
  const token = String(body['token'])
  await ask('POST', '/v1/login', { body: { user: 'anna', password: guess } })
  await ask('POST', '/v1/login', { body: { user: 'anna', password: [guess] } })
  await ask('GET', '/v1/status', { token: guess })
  const passwd = { name: 'anna', password: second, oldPassword: first }
  await ask('POST', '/v1/users/passwd', { token, body: passwd })
  await ask('POST', '/v1/users/passwd', { token, body: { ...passwd, oldPassword: guess } })
  await ask('POST', '/v1/tokens', { token, body: { name: 'ci', forMs: DAY } })
  await ask('POST', '/v1/tokens', { token, body: `{"name":"${guess}` })
  for (const path of ['/v1/users', '/v1/tokens', '/v1/audit', '/v1/whoami']) {
    await ask('GET', path, { token })
  }
  texts.push(place.log())
  for (const { value } of await (await place.bus.keyValue('shop-users')).entries()) {
    texts.push(Buffer.from(value).toString())
  }
  expect(secrets.length).toBeGreaterThanOrEqual(6)
  const everything = texts.join('\n')
  expect(everything).toContain('anna')
  for (const secret of secrets) expect(everything).not.toContain(secret)
})
