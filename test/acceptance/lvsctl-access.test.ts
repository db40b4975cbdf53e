import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../../services/cli/program.ts'
import { matchesEvent } from '../../services/shared/domain/log-event.ts'
import { api } from '../../services/shared/wire/api.ts'
import { logEventMessage } from '../../services/shared/wire/log-event-message.ts'
import { type ApiConsole, PASSWORD, startApiConsole } from '../support/api-console.ts'
import { makeCertificates } from '../support/certificates.ts'
import { status } from './lvsctl-data.ts'
import { createFakeIo, type FakeIoOptions } from './lvsctl-support.ts'

const CONFIG = '/home/anna/.config/lvs-warden'
const answers = { status: () => status(), events: () => ({ events: [] }) }

let place: ApiConsole
let files: Record<string, string>

beforeEach(async () => {
  place = await startApiConsole(answers)
  files = {}
  await place.user('anna', 'admin')
})

afterEach(() => place[Symbol.asyncDispose]())

/** As anna on another machine, with her files. */
async function lvsctl(words: readonly string[], options: FakeIoOptions = {}) {
  const env = { HOME: '/home/anna', SUDO_USER: 'anna', ...options.env }
  const io = createFakeIo({ secrets: [PASSWORD], ...options, files, env })
  const exitCode = await runCli(words, io)
  return { exitCode, ...io.written }
}

const login = (...words: string[]) => lvsctl(['login', '--server', place.url, ...words])

describe('lvsctl login', () => {
  test('with the pinned fingerprint keeps a token, and later commands ask that server', async () => {
    const { exitCode, out, err } = await login('--fingerprint', place.fingerprint)
    expect({ exitCode, err }).toEqual({
      exitCode: 0,
      err: `password of anna at 127.0.0.1:${place.port}: \n`,
    })
    expect(out).toContain(`logged in at ${place.url} as anna (admin), until `)
    const tokens = Object.entries(files).filter(([path]) => path.startsWith(`${CONFIG}/tokens/`))
    expect(tokens).toEqual([[expect.anything(), expect.stringMatching(/^lvsw_[\w-]{43}\n$/)]])
    expect(files[`${CONFIG}/lvsctl.yaml`]).not.toContain('lvsw_')
    expect((await lvsctl(['status'])).out).toContain('cluster shop, generation 12')
    expect((await lvsctl(['whoami'])).out).toMatch(/^anna: admin, from 127\.0\.0\.1, token /)
    expect((await lvsctl(['whoami', '--socket', place.socketPath])).out).toMatch(
      /^anna: admin, from local socket, uid /,
    )
  })

  test('any spelling of the fingerprint is the same one', async () => {
    const plain = place.fingerprint.replaceAll(':', '').toLowerCase()
    expect((await login('--fingerprint', plain)).exitCode).toBe(0)
  })

  test('shows the password to nobody but the one that is pinned', async () => {
    const wrong = place.fingerprint.replace(/^../, (byte) => (byte === '00' ? '01' : '00'))
    const before = await place.audit()
    const { exitCode, err } = await login('--fingerprint', wrong)
    expect(exitCode).toBe(3)
    expect(err).toContain(
      `shows another certificate than the pinned one: SHA-256 ${place.fingerprint}`,
    )
    expect(await place.audit()).toEqual(before)
    expect(files).toEqual({})
  })

  test('refuses a certificate of its own that nothing was said about, and says how to go on', async () => {
    const { exitCode, err } = await login()
    expect(exitCode).toBe(3)
    expect(err).toContain('is not trusted (self-signed certificate)')
    expect(err).toContain('lvsctl login --server URL --fingerprint SHA256')
    expect(files).toEqual({})
  })

  test('trusts on first use when asked to, and from then on that certificate only', async () => {
    const { err } = await login('--trust-on-first-use')
    expect(err).toContain(`is trusted from now on: ${place.fingerprint}`)
    const { port } = place
    await place.console.stop()
    rmSync(join(place.folder, 'tls'), { recursive: true })
    await place[Symbol.asyncDispose]()
    place = await startApiConsole(answers, { listen: { host: '127.0.0.1', port } })
    expect(await lvsctl(['status'])).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('shows another certificate than the pinned one'),
    })
  })

  test('a wrong password is refused, and nothing is kept', async () => {
    const words = ['login', '--server', place.url, '--fingerprint', place.fingerprint]
    const { exitCode, err } = await lvsctl(words, { secrets: ['wrong'] })
    expect(exitCode).toBe(4)
    expect(err).toContain('the name or the password is wrong')
    expect(files).toEqual({})
  })

  test('HTTP without TLS is wrong usage', async () => {
    expect(await lvsctl(['login', '--server', 'http://lb1:80'])).toMatchObject({ exitCode: 2 })
    expect(await lvsctl(['status', '--server', 'lb1'])).toMatchObject({
      exitCode: 2,
      err: 'lvsctl: --server lb1: wanted https://HOST:PORT, a name from lvsctl.yaml, or local\n',
    })
  })

  test('logout revokes the token and forgets it', async () => {
    await login('--fingerprint', place.fingerprint, '--name', 'prod')
    const [path = ''] = Object.keys(files).filter((each) => each.includes('/tokens/'))
    const token = files[path] ?? ''
    expect((await lvsctl(['logout'])).out).toBe('logged out of prod: the token is revoked\n')
    expect(files[path]).toBeUndefined()
    expect((await place.ask('GET', '/v1/whoami', { token: token.trim() })).status).toBe(401)
    expect(await lvsctl(['status', '--server', 'prod'])).toMatchObject({
      exitCode: 4,
      err: 'lvsctl: log in first: lvsctl login --server URL\n',
    })
  })
})

describe('a program', () => {
  test('needs nothing but its environment', async () => {
    const body = { name: 'robot', user: 'anna', role: 'viewer', forMs: 60_000 }
    const made = await place.ask('POST', '/v1/tokens', { local: true, body })
    files['/run/token'] = `${made.body['token']}\n`
    const env = {
      LVSCTL_SERVER: place.url,
      LVSCTL_TOKEN_FILE: '/run/token',
      LVSCTL_FINGERPRINT: place.fingerprint,
    }
    expect(JSON.parse((await lvsctl(['whoami', '--json'], { env })).out)).toMatchObject({
      ...{ name: 'anna', role: 'viewer', via: 'token' },
    })
    const refused = await lvsctl(['users', 'list'], { env })
    expect(refused).toMatchObject({
      exitCode: 4,
      err: 'lvsctl: anna is viewer, and this takes admin\n',
    })
  })
})

describe('lvsctl.yaml', () => {
  test.each([
    ['servers: [', 'lvsctl.yaml: '],
    ['servers: { a: { url: http://x } }', 'servers.a.url'],
    ['currant: a', 'currant'],
  ])('%s is wrong usage that says where', async (text, wanted) => {
    files[`${CONFIG}/lvsctl.yaml`] = text
    const { exitCode, err } = await lvsctl(['status'])
    expect(exitCode).toBe(2)
    expect(err).toContain(wanted)
  })
})

describe('users and tokens', () => {
  const local = (words: string[], options: FakeIoOptions = {}) =>
    lvsctl([...words, '--socket', place.socketPath], options)

  test('are made, listed, changed and removed', async () => {
    const secrets = ['a good password', 'a good password']
    const added = await local(
      ['users', 'add', 'otto', '--role', 'operator', '--services', 'web,mail-*'],
      {
        secrets,
      },
    )
    expect(added.out).toBe('otto is operator on web, mail-*\n')
    expect((await local(['users', 'list'])).out).toMatch(
      /^USER {2}PASSWORD {2}SINCE +MAY\nanna {2}yes .* admin\notto {2}yes .* operator on web, mail-\*\n$/,
    )
    expect((await local(['users', 'grant', 'otto', '--role', 'viewer'])).out).toBe(
      'otto is viewer, was operator on web, mail-*\n',
    )
    const made = await local(['tokens', 'create', 'ci', '--user', 'otto', '--for', '90d'])
    expect(made.out).toMatch(/^lvsw_[\w-]{43}\n$/)
    expect(made.err).toMatch(
      /^lvsctl: token [0-9a-f]{16} of otto \(viewer\), until .*; it is shown this once\n$/,
    )
    const id = /token ([0-9a-f]{16})/.exec(made.err)?.[1] ?? ''
    expect((await local(['tokens', 'revoke', id])).out).toBe(
      `token ${id} (ci of otto) is revoked\n`,
    )
    expect((await local(['users', 'remove', 'otto'])).out).toBe('otto is removed, with 0 tokens\n')
    expect((await local(['users', 'remove', 'otto'])).exitCode).toBe(4)
  })

  test('two different passwords change nothing', async () => {
    const { exitCode, err } = await local(['users', 'passwd', 'anna'], {
      secrets: ['a good password', 'another password'],
    })
    expect(exitCode).toBe(1)
    expect(err).toContain('these were two different passwords: nothing was changed')
  })

  test('where nobody can be asked a file is wanted', async () => {
    const io = createFakeIo({ env: { HOME: '/home/anna' }, files })
    const words = ['users', 'add', 'otto', '--role', 'viewer', '--socket', place.socketPath]
    expect(await runCli(words, io)).toBe(2)
    expect(io.written.err).toContain('use --password-file FILE')
    files['/run/pw'] = 'from a good file\nnothing'
    expect(await runCli([...words, '--password-file', '/run/pw'], io)).toBe(0)
    const user = { user: 'otto', password: 'from a good file' }
    expect((await place.ask('POST', '/v1/login', { body: user })).status).toBe(200)
  })

  test('audit has a line for each change', async () => {
    await local(['users', 'add', 'otto', '--role', 'viewer', '--no-password'])
    const { out } = await local(['audit', '--limit', '2'], {
      terminal: [90, 24],
      env: { NO_COLOR: '1' },
    })
    const [head, line] = out.split('\n')
    expect(head).toMatch(/^TIME +WHO +WHAT +RESULT +FROM AND WHY$/)
    expect(line).toMatch(/anna {2}usersAdd otto {2}done {4}local socket, uid/)
    expect(line?.length).toBeLessThanOrEqual(90)
    expect(JSON.parse((await local(['audit', '--json'])).out).entries.at(-1)).toMatchObject({
      ...{ verb: 'usersAdd', phase: 'done', by: 'anna' },
    })
  })
})

test('events --follow goes on over HTTPS until Ctrl-C, each a line', async () => {
  await login('--fingerprint', place.fingerprint)
  const env = { HOME: '/home/anna' }
  const io = createFakeIo({ env, files })
  const following = runCli(['events', '--follow', '--json'], io)
  const log = await place.bus.log('shop-events')
  for (let count = 0; !io.written.out.includes('web1 is down'); count++) {
    expect(count).toBeLessThan(200)
    const event = { at: 0, type: 'health', server: 'web1', message: 'web1 is down' } as const
    await log.append(logEventMessage.encode(event))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  io.interrupt()
  expect(await following).toBe(0)
  const [line = ''] = io.written.out.split('\n')
  expect(JSON.parse(line)).toMatchObject({ at: '1970-01-01T00:00:00.000Z', server: 'web1' })
})

test('events --follow --since --service: of one service, from then on, and what comes', async () => {
  await login('--fingerprint', place.fingerprint)
  const now = Date.now()
  const log = await place.bus.log('shop-events')
  const event = (at: number, service: string, message: string) =>
    log.append(logEventMessage.encode({ at, type: 'health', service, message }))
  await event(now - 7_200_000, 'web', 'web of old')
  await event(now - 60_000, 'web', 'web of late')
  await event(now - 60_000, 'mail', 'mail of late')
  const kept = (await log.tail(100)).map(({ sequence, payload }) => ({
    ...logEventMessage.decode(payload),
    sequence,
  }))
  const stop = place.bus.reply('lvs.shop.api.events', (payload) => {
    const { limit, ...filter } = api.events.request.decode(payload)
    const events = kept.filter((one) => matchesEvent(one, filter)).slice(-limit)
    return api.events.response.encode({ events })
  })
  const io = createFakeIo({ env: { HOME: '/home/anna' }, files, now })
  const asked = ['--since', '1h', '--service', 'web', '--json']
  const following = runCli(['events', '--follow', ...asked], io)
  for (let count = 0; !io.written.out.includes('web anew'); count++) {
    expect(count).toBeLessThan(200)
    await event(now, 'mail', 'mail anew')
    await event(now, 'web', 'web anew')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  io.interrupt()
  expect(await following).toBe(0)
  stop()
  const lines = io.written.out.trim().split('\n')
  const messages = lines.map((line) => String(JSON.parse(line).message))
  expect([...new Set(messages)]).toEqual(['web of late', 'web anew'])
  expect(messages.filter((message) => message === 'web of late')).toHaveLength(1)
})

describe('the certificate', () => {
  test('of its own is for its owner only, and the same after a restart', async () => {
    const file = join(place.folder, 'tls', 'https.pem')
    expect((lstatSync(file).mode & 0o777).toString(8)).toBe('600')
    const before = readFileSync(file, 'utf8')
    expect(place.log()).toContain(place.fingerprint)
    await using again = await startApiConsole(answers, {
      certificate: { stateDir: place.folder },
    })
    expect(again.fingerprint).toBe(place.fingerprint)
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  test('of an authority is believed by --ca, and read again when it is renewed', async () => {
    const { ca, cert, key } = makeCertificates(place.folder)
    const certificate = { certFile: cert, keyFile: key }
    await using other = await startApiConsole(answers, { certificate })
    await other.user('anna', 'admin')
    files[ca] = readFileSync(ca, 'utf8')
    const server = ['--server', `https://127.0.0.1:${other.port}`]
    expect(await lvsctl(['login', ...server])).toMatchObject({ exitCode: 3 })
    expect(await lvsctl(['login', ...server, '--ca', ca])).toMatchObject({ exitCode: 0 })
    expect(await lvsctl(['status'])).toMatchObject({ exitCode: 0 })
    const own = readFileSync(join(place.folder, 'tls', 'https.pem'), 'utf8')
    writeFileSync(key, own)
    writeFileSync(cert, own)
    for (let count = 0; !other.log().includes('the certificate was renewed'); count++) {
      expect(count).toBeLessThan(100)
      await other.clock.advance(60_000)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const pinned = ['login', ...server, '--fingerprint', place.fingerprint]
    expect(await lvsctl(pinned)).toMatchObject({ exitCode: 0 })
  })

  test('that cannot be used keeps the console from starting, and says why', async () => {
    const certificate = { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' }
    await expect(startApiConsole(answers, { certificate })).rejects.toMatchObject({
      code: 'console.certificate',
      message: expect.stringContaining('/nowhere/cert.pem'),
    })
  })
})
