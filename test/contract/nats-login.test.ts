import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectRaw, headers, nkeys } from 'nats'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createNatsBus } from '../../services/shared/adapters/nats-bus.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import { type NatsFlags, readNatsSettings } from '../../services/shared/runtime/nats-settings.ts'
import { type Certificates, makeCertificates } from '../support/certificates.ts'
import { connectNats, type NatsClient } from '../support/nats-client.ts'
import { makeNatsOperator } from '../support/nats-credentials.ts'
import { type NatsServer, natsSkipReason, startNatsServer } from '../support/nats-server.ts'
import { bytes, text } from './bus-under-test.ts'

const PATIENCE = { timeout: 15_000, interval: 20 }

describe.skipIf(natsSkipReason !== '')(`logging in to NATS${natsSkipReason}`, () => {
  let dir: string
  let server: NatsServer | undefined
  let clients: NatsClient[]

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lvs-warden-login-'))
    clients = []
  })

  afterEach(async () => {
    for (const { bus } of clients) await bus.close()
    await server?.remove()
    server = undefined
    rmSync(dir, { recursive: true })
  })

  async function start(config: string): Promise<NatsServer> {
    server = await startNatsServer({ config })
    return server
  }

  async function connect(flags: NatsFlags): Promise<NatsClient> {
    const client = await connectNats({ natsUrl: server?.url ?? '', ...flags })
    clients.push(client)
    return client
  }

  /** For connections that never come about: what is logged while they wait. */
  function wait(flags: NatsFlags) {
    const reasons: string[] = []
    const end = new AbortController()
    const ended = createNatsBus({
      settings: readNatsSettings(flags),
      role: 'test',
      name: 'one',
      logger: { ...silentLogger, warn: ({ reason }) => reasons.push(String(reason)) },
      onError: () => undefined,
      signal: end.signal,
    })
    ended.catch(() => undefined)
    return { ended, end, reasons }
  }

  function file(name: string, content: string): string {
    const path = join(dir, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }

  async function works({ bus }: NatsClient): Promise<void> {
    const bucket = await bus.keyValue('overrides')
    await bucket.put('web1', bytes('drain'))
    expect(text((await bucket.get('web1'))?.value)).toBe('drain')
    bus.reply('echo', (payload) => payload)
    expect(text(await bus.request('echo', bytes('x'), 1000))).toBe('x')
  }

  test('with a user and a password, which may change while connected', async () => {
    const config = (password: string) =>
      `authorization { users: [{ user: prober, password: "${password}" }] }`
    const running = await start(config('first secret'))
    const passwordFile = file('password', 'first secret\n')
    const flags = { natsUser: 'prober', natsPasswordFile: passwordFile }
    const client = await connect(flags)
    await works(client)
    await running.stop()
    await expect.poll(() => client.bus.isConnected(), PATIENCE).toBe(false)
    server = await startNatsServer({ config: config('second secret'), port: running.port })
    await expect.poll(() => server?.output(), PATIENCE).toContain('authentication error')
    writeFileSync(passwordFile, 'second secret\n')
    await expect.poll(() => client.bus.isConnected(), PATIENCE).toBe(true)
    await running.remove()
  })

  test('with a token', async () => {
    await start('authorization { token: "only one" }')
    await works(await connect({ natsTokenFile: file('token', 'only one\n') }))
  })

  test('with an NKey', async () => {
    const user = nkeys.createUser()
    await start(`authorization { users: [{ nkey: ${user.getPublicKey()} }] }`)
    const seed = new TextDecoder().decode(user.getSeed())
    await works(await connect({ natsNkeyFile: file('seed', `${seed}\n`) }))
  })

  test('with a credentials file', async () => {
    const { config, creds } = makeNatsOperator()
    await start(config)
    await works(await connect({ natsCredsFile: file('user.creds', creds) }))
  })

  test.each<[string, NatsFlags, RegExp]>([
    ['a wrong password', { natsUser: 'prober' }, /refuses user prober: wrong user or password/],
    ['nothing', {}, /refuses a client without credentials/],
  ])('%s is refused, and that is said at once', async (_, flags, message) => {
    await start('authorization { users: [{ user: prober, password: "right" }] }')
    const given = flags.natsUser === undefined ? {} : { natsPasswordFile: file('pw', 'wr0ng') }
    const refused = await connect({ ...flags, ...given }).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'bus.unauthorized',
      message: expect.stringMatching(message),
    })
    expect(String(refused)).not.toContain('wr0ng')
  })

  test('over TLS with an authority and a certificate of our own', async () => {
    const { ca, cert, key } = makeCertificates(dir)
    const tls = `tls { cert_file: "${cert}", key_file: "${key}", ca_file: "${ca}", verify: true }`
    await start(tls)
    const flags = { natsCaFile: ca, natsCertFile: cert, natsKeyFile: key }
    await works(await connect(flags))
  })

  test.each<[string, string, (files: Certificates) => NatsFlags, RegExp]>([
    [
      'an authority that did not sign it',
      '127.0.0.1',
      ({ cert }) => ({ natsCaFile: cert }),
      /unable/,
    ],
    [
      'an address that it is not made out to',
      '127.0.0.2',
      ({ ca }) => ({ natsCaFile: ca }),
      /altn/,
    ],
    [
      'no certificate of ours',
      '127.0.0.1',
      ({ ca }) => ({ natsCaFile: ca }),
      /want a certificate of ours/,
    ],
  ])('over TLS with %s: waits, and says why', async (_, host, flagsOf, reason) => {
    const files = makeCertificates(dir)
    const { ca, cert, key } = files
    const config = `tls { cert_file: "${cert}", key_file: "${key}", ca_file: "${ca}", verify: true }`
    server = await startNatsServer({ config, host: '0.0.0.0' })
    const { ended, end, reasons } = wait({
      natsUrl: `nats://${host}:${server.port}`,
      ...flagsOf(files),
    })
    await expect.poll(() => reasons[0], PATIENCE).toMatch(reason)
    end.abort()
    await expect(ended).rejects.toMatchObject({ code: 'bus.closed' })
  })

  test('a server without TLS is not spoken to when TLS is asked for', async () => {
    const { url } = await start('')
    const { ended, end, reasons } = wait({ natsUrl: url, natsCaFile: makeCertificates(dir).ca })
    await expect.poll(() => reasons[0], PATIENCE).toMatch(/tls/i)
    end.abort()
    await expect(ended).rejects.toMatchObject({ code: 'bus.closed' })
  })

  test('what the server forbids is reported, once a subject; the rest works', async () => {
    await start(`authorization { users: [{ user: prober, password: "pw", permissions: {
      publish: ["a", "$JS.API.>", "$KV.>"], subscribe: ["a", "_INBOX.test.>"] } }] }`)
    const client = await connect({ natsUser: 'prober', natsPasswordFile: file('pw', 'pw') })
    const { bus, errors } = client
    const seen: string[] = []
    bus.subscribe('a', (payload) => seen.push(text(payload)))
    bus.subscribe('b', () => undefined)
    for (const word of ['x', 'y']) {
      bus.publish('a', bytes(word))
      bus.publish('c', bytes(word))
    }
    await bus.settled()
    await expect.poll(() => errors.length, PATIENCE).toBe(2)
    expect(errors.map(String).sort()).toEqual([
      'ServiceError: NATS forbids publishing to c',
      'ServiceError: NATS forbids subscribing to b',
    ])
    expect(client.codes()).toEqual(['bus.forbidden', 'bus.forbidden'])
    expect(seen).toEqual(['x', 'y'])
    await expect(bus.request('d', bytes(''), 5000)).rejects.toMatchObject({ code: 'bus.forbidden' })
  })

  test('what is too large for the server is refused and reported, not sent', async () => {
    await start('max_payload: 1KB')
    const { bus, codes } = await connect({})
    const large = Uint8Array.from({ length: 2000 }, (_, index) => index % 256)
    bus.publish('a', large)
    expect(codes()).toEqual(['bus.too-large'])
    await expect(bus.request('a', large, 1000)).rejects.toMatchObject({ code: 'bus.too-large' })
    const bucket = await bus.keyValue('overrides')
    await expect(bucket.put('a', large)).rejects.toMatchObject({ code: 'bus.too-large' })
    bus.reply('b', () => large)
    await expect(bus.request('b', bytes(''), 1000)).rejects.toMatchObject({ code: 'bus.too-large' })
    expect(bus.isConnected()).toBe(true)
  })

  test('a payload that only pretends to be deflated is reported and not delivered', async () => {
    const { url } = await start('')
    const { bus, codes } = await connect({})
    const seen: string[] = []
    bus.subscribe('a', (payload) => seen.push(text(payload)))
    await bus.settled()
    const raw = await connectRaw({ servers: url })
    const marked = headers()
    marked.set('LVS-Encoding', 'deflate')
    raw.publish('a', bytes('no zlib'), { headers: marked })
    raw.publish('a', bytes('plain'))
    await raw.drain()
    await expect.poll(() => seen, PATIENCE).toEqual(['plain'])
    expect(codes()).toEqual(['bus.garbled'])
  })
})
