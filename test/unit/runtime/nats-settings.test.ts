import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type NatsFlags,
  natsOptions,
  readNatsSettings,
} from '../../../services/shared/runtime/nats-settings.ts'

let dir: string
let secret: string
let empty: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lvs-warden-settings-'))
  secret = join(dir, 'secret')
  empty = join(dir, 'empty')
  writeFileSync(secret, 's3cret\n')
  writeFileSync(empty, '\n')
})

afterEach(() => {
  rmSync(dir, { recursive: true })
  vi.unstubAllEnvs()
})

describe('settings of the connection to NATS', () => {
  test('without any: the server of this machine, nobody in particular, no encryption', () => {
    expect(readNatsSettings({})).toEqual({
      servers: ['nats://127.0.0.1:4222'],
      auth: { kind: 'none' },
    })
  })

  test.each<[string, () => NatsFlags, object]>([
    [
      'several servers',
      () => ({ natsUrl: 'nats://a:1, b:2,tls://[2001:db8::1]:3' }),
      { servers: ['nats://a:1', 'b:2', 'tls://[2001:db8::1]:3'], tls: {} },
    ],
    [
      'a password',
      () => ({ natsUser: 'prober', natsPasswordFile: secret }),
      { auth: { kind: 'password', user: 'prober' } },
    ],
    ['a token', () => ({ natsTokenFile: secret }), { auth: { kind: 'token' } }],
    ['credentials', () => ({ natsCredsFile: secret }), { auth: { kind: 'creds' } }],
    ['an NKey', () => ({ natsNkeyFile: secret }), { auth: { kind: 'nkey' } }],
    ['an authority', () => ({ natsCaFile: secret }), { tls: {} }],
    ['replicas', () => ({ natsReplicas: '3' }), { replicas: 3 }],
    [
      'empty variables, as compose files set them',
      () => ({ natsUser: '', natsPasswordFile: '', natsCaFile: '', natsReplicas: '' }),
      { auth: { kind: 'none' } },
    ],
  ])('%s', (_, flags, wanted) => {
    expect(readNatsSettings(flags())).toMatchObject(wanted)
  })

  test('the path of a secret is kept, never the secret', () => {
    const settings = readNatsSettings({ natsUser: 'prober', natsPasswordFile: secret })
    expect(JSON.stringify(settings)).not.toContain('s3cret')
  })

  test.each<[string, () => NatsFlags, RegExp]>([
    ['no URL', () => ({ natsUrl: ' , ' }), /--nats-url \(LVS_WARDEN_NATS_URL\): want at least one/],
    ['another scheme', () => ({ natsUrl: 'http://a' }), /want nats:\/\/ or tls:\/\/.*http:\/\/a/],
    ['no URL at all', () => ({ natsUrl: 'nats://a:x' }), /want nats:\/\/host:port, got "nats:/],
    ['a password in the URL', () => ({ natsUrl: 'nats://u:pw9@a' }), /want no user or password/],
    ['a user alone', () => ({ natsUser: 'prober' }), /--nats-user .* wants --nats-password-file/],
    [
      'a password alone',
      () => ({ natsPasswordFile: secret }),
      /password-file .* wants --nats-user/,
    ],
    [
      'two ways to log in',
      () => ({ natsTokenFile: secret, natsCredsFile: secret }),
      /--nats-token-file .* want one way to log in, got also --nats-creds-file/,
    ],
    [
      'a certificate alone',
      () => ({ natsCertFile: secret }),
      /--nats-cert-file .* --nats-key-file/,
    ],
    ['a key alone', () => ({ natsKeyFile: secret }), /--nats-key-file .* wants --nats-cert-file/],
    [
      'a file that is not there',
      () => ({ natsTokenFile: '/no/such' }),
      /cannot read \/no\/such: ENOENT/,
    ],
    ['a folder', () => ({ natsCaFile: dir }), /--nats-ca-file .*: cannot read .*EISDIR/],
    ['an empty secret', () => ({ natsTokenFile: empty }), /empty is empty/],
    ['two replicas', () => ({ natsReplicas: '2' }), /want 1, 3 or 5, got "2"/],
  ])('%s is an error that names the flag', (_, flags, message) => {
    const read = () => readNatsSettings(flags())
    expect(read).toThrow(message)
    expect(read).toThrow(expect.objectContaining({ code: 'nats.settings' }))
    expect(read).not.toThrow(/pw9/)
  })

  test('the command line and the environment say them alike', () => {
    vi.stubEnv('LVS_WARDEN_NATS_USER', 'prober')
    vi.stubEnv('LVS_WARDEN_NATS_PASSWORD_FILE', secret)
    const command = new Command()
    for (const option of natsOptions()) command.addOption(option)
    command.parse(['--nats-url', 'nats://a:1', '--nats-replicas', '5'], { from: 'user' })
    expect(readNatsSettings(command.opts<NatsFlags>())).toEqual({
      servers: ['nats://a:1'],
      auth: { kind: 'password', user: 'prober', passwordFile: secret },
      replicas: 5,
    })
  })
})
