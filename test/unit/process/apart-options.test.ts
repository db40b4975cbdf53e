import { Command } from 'commander'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  type ApartFlags,
  addApartOptions,
  HEALTH_PORTS,
  type Role,
  readApartFlags,
} from '../../../services/shared/process/apart-options.ts'

afterEach(() => vi.unstubAllEnvs())

function read(argv: readonly string[], role: Role = 'prober') {
  const command = addApartOptions(new Command(role).exitOverride(), role)
  command.configureOutput({ writeErr: () => undefined })
  command.parse([...argv], { from: 'user' })
  return readApartFlags(role, command.opts<ApartFlags>())
}

describe('the options of services apart', () => {
  test('have defaults for all but the cluster', () => {
    expect(read(['--cluster-name', 'shop'])).toMatchObject({
      cluster: 'shop',
      name: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
      http: { host: '127.0.0.1', port: HEALTH_PORTS.prober },
      logLevel: 'info',
      nats: { servers: ['nats://127.0.0.1:4222'] },
    })
    expect(() => read([])).toThrow('--cluster-name')
  })

  test('come from the environment, too, and the command line wins', () => {
    vi.stubEnv('LVS_WARDEN_CLUSTER_NAME', 'shop')
    vi.stubEnv('LVS_WARDEN_NAME', 'p7')
    vi.stubEnv('LVS_WARDEN_HTTP', '0.0.0.0:9640')
    vi.stubEnv('LVS_WARDEN_LOG_LEVEL', 'debug')
    vi.stubEnv('LVS_WARDEN_NATS_URL', 'nats://nats:4222')
    expect(read(['--name', 'p8'])).toMatchObject({
      cluster: 'shop',
      name: 'p8',
      http: { host: '0.0.0.0', port: 9640 },
      logLevel: 'debug',
      nats: { servers: ['nats://nats:4222'] },
    })
  })

  test('of two roles on one host do not want the same port', () => {
    const ports = Object.values(HEALTH_PORTS)
    expect(new Set(ports).size).toBe(ports.length)
  })

  test('--http off answers nothing', () => {
    expect(read(['--cluster-name', 'shop', '--http', 'off']).http).toBeUndefined()
  })

  test('an empty variable is as good as none', () => {
    vi.stubEnv('LVS_WARDEN_NAME', '')
    expect(read(['--cluster-name', 'shop']).name).not.toBe('')
  })

  test.each([
    [['--cluster-name', 'my.shop'], '--cluster-name (LVS_WARDEN_CLUSTER_NAME): want letters'],
    [['--cluster-name', 'shop', '--name', 'a b'], '--name (LVS_WARDEN_NAME): want letters'],
    [['--cluster-name', 'shop', '--http', '9640'], '--http (LVS_WARDEN_HTTP): want ADDRESS:PORT'],
  ])('%j is refused by its name', (argv, message) => {
    expect(() => read(argv)).toThrow(message)
  })
})
