import { describe, expect, test } from 'vitest'
import { parseClusterFile } from '../../../services/shared/cluster-file/parse-cluster-file.ts'
import { serviceKey } from '../../../services/shared/domain/virtual-service.ts'
import { clusterOf, errorsOf, fileWith, KINDS, parse, serviceOf } from './parse.ts'

const MASQUERADE = 'forwarding: masquerade'

test('defaults fill in whatever the file leaves out', async () => {
  const service = await serviceOf(fileWith(MASQUERADE))
  expect(service).toMatchObject({
    name: 'web',
    scheduler: 'wlc',
    schedulerFlags: [],
    onePacket: false,
    onFailure: 'quiesce',
    panicThreshold: 0.5,
  })
  expect(service).not.toHaveProperty('persistence')
  expect(service).not.toHaveProperty('sorryServer')
  const [server] = service.realServers
  expect(server).toMatchObject({
    name: 'web1',
    address: '10.0.0.11',
    family: 4,
    port: 80,
    weight: 100,
    forwarding: 'masquerade',
    upperThreshold: 0,
    lowerThreshold: 0,
  })
  expect(server?.checks).toMatchObject([
    {
      label: 'tcp',
      kind: 'tcp',
      target: { address: '10.0.0.11', family: 4, port: 80 },
      intervalMs: 2000,
      fastIntervalMs: 400,
      timeoutMs: 1000,
      jitter: 0,
      rise: 2,
      fall: 3,
      tripwire: false,
    },
  ])
})

test('the setting nearest to the real server wins', async () => {
  const text = `cluster: shop
defaults: { forwarding: masquerade, weight: 10, upperThreshold: 5, panicThreshold: 20% }
realServers: { a: 10.0.0.1, b: 10.0.0.2, c: 10.0.0.3 }
virtualServices:
  one:
    address: 192.0.2.1:80/tcp
    weight: 20
    panicThreshold: 0%
    realServers: { a: { weight: 30, upperThreshold: 0 }, b: 40, c: }
  two: { address: '192.0.2.2:80/tcp', realServers: { a: } }
`
  const { virtualServices } = await clusterOf(text)
  const rows = virtualServices.map(({ panicThreshold, realServers }) => [
    panicThreshold,
    ...realServers.map(({ weight, upperThreshold }) => [weight, upperThreshold]),
  ])
  expect(rows).toEqual([
    [0, [30, 0], [40, 5], [20, 5]],
    [0.2, [10, 5]],
  ])
})

test('none takes back what defaults say', async () => {
  const text = fileWith(`${MASQUERADE}\npersistence: none\nsorryServer: none\ncheck: none`).replace(
    'realServers:',
    'defaults: { persistence: 5m, sorryServer: 10.0.0.9:80 }\nrealServers:',
  )
  const service = await serviceOf(text)
  expect(service.persistence).toBeUndefined()
  expect(service.sorryServer).toBeUndefined()
  expect(service.realServers[0]?.checks).toEqual([])
})

test.each([
  ['192.0.2.10:80/tcp', 'tcp/192.0.2.10:80'],
  ['192.0.2.10:53/udp', 'udp/192.0.2.10:53'],
  ['192.0.2.10:3868/sctp', 'sctp/192.0.2.10:3868'],
  ['fwmark:7', 'fwmark/7'],
])('a service at %s is %s in the table', async (address, key) => {
  const service = await serviceOf(fileWith(`${MASQUERADE}\ncheck: icmp`, address))
  expect(serviceKey(service.address)).toBe(key)
})

test('a fwmark takes the IP version of its real servers', async () => {
  const service = await serviceOf(fileWith(`${MASQUERADE}\ncheck: icmp`, 'fwmark:7', '{ six: }'))
  expect(serviceKey(service.address)).toBe('fwmark/7/ipv6')
  const tunnels = '{ web1: { forwarding: tunnel }, six: }'
  const mixed = await serviceOf(fileWith(`${MASQUERADE}\ncheck: icmp`, 'fwmark:7', tunnels))
  expect(serviceKey(mixed.address)).toBe('fwmark/7/ipv6')
})

test('a tunnel may lead from IPv4 to IPv6', async () => {
  const service = await serviceOf(fileWith('forwarding: tunnel', undefined, '{ six: }'))
  expect(service.realServers).toMatchObject([{ family: 6, tunnel: { type: 'ipip' } }])
})

test('a flag, packet or engine that only defaults ask for is left out where it does not fit', async () => {
  const defaults =
    'defaults: { schedulerFlags: [sh-port], onePacket: true, persistence: { engine: sip, netmask: 64 } }'
  const text = fileWith(MASQUERADE).replace('realServers:', `${defaults}\nrealServers:`)
  const service = await serviceOf(text)
  expect(service).toMatchObject({ schedulerFlags: [], onePacket: false })
  expect(service.persistence).toEqual({ timeoutS: 300, netmask: 32 })
})

test.each([
  ['5m', { timeoutS: 300, netmask: 32 }],
  ['{ timeout: 1h, netmask: /24 }', { timeoutS: 3600, netmask: 24 }],
  ['{ netmask: 24 }', { timeoutS: 300, netmask: 24 }],
  ['{ netmask: 255.255.240.0 }', { timeoutS: 300, netmask: 20 }],
])('persistence: %s', async (written, persistence) => {
  const service = await serviceOf(fileWith(`${MASQUERADE}\npersistence: ${written}`))
  expect(service.persistence).toEqual(persistence)
})

test.each([
  ['direct-route', '10.0.0.9:80', { address: '10.0.0.9', port: 80, forwarding: 'direct-route' }],
  ['masquerade', '127.0.0.1:80', { address: '127.0.0.1', port: 80, forwarding: 'direct-route' }],
  ['direct-route', '10.0.0.9:88', { address: '10.0.0.9', port: 88, forwarding: 'masquerade' }],
  [
    'masquerade',
    '{ address: 10.0.0.9, forwarding: tunnel }',
    { address: '10.0.0.9', port: 80, forwarding: 'tunnel' },
  ],
])('under %s the sorry server %s is reached as expected', async (forwarding, written, sorry) => {
  const service = await serviceOf(fileWith(`forwarding: ${forwarding}\nsorryServer: ${written}`))
  expect(service.sorryServer).toEqual(sorry)
})

describe('host names', () => {
  test('the address of the service’s IP version is taken', async () => {
    const dual = (address: string) =>
      serviceOf(fileWith(MASQUERADE, address).replace('10.0.0.11', 'dual.example.net'))
    expect((await dual('192.0.2.10:80/tcp')).realServers[0]?.address).toBe('10.0.0.20')
    expect((await dual("'[2001:db8::1]:80/tcp'")).realServers[0]?.address).toBe('2001:db8::20')
  })

  test('each name is asked for once', async () => {
    const asked: string[] = []
    const text = fileWith(MASQUERADE).replaceAll(/10\.0\.0\.1[12]/g, 'one.example.net')
    await parseClusterFile(text, {
      file: 'cluster.yaml',
      kinds: KINDS,
      async resolve(name) {
        asked.push(name)
        return ['10.0.0.20']
      },
    })
    expect(asked).toEqual(['one.example.net'])
  })
})

test('errors of every kind are reported at once, in file order', async () => {
  const text = `cluster: my shop
realServers: { a: 10.0.0.1, a: 10.0.0.2, gone: nowhere.invalid }
virtualServices:
  one:
    address: 192.0.2.1:80
    forwarding: direct-route
    schedular: rr
    check: { type: http, interval: 2 }
    realServers: { a: { port: 81 }, b: }
  two: { forwarding: masquerade, address: '192.0.2.2:80/tcp', realServers: { a: { weight: -1 } } }
  three: { forwarding: masquerade, address: '192.0.2.2:80/tcp', realServers: { } }
`
  const result = await parse(text)
  const paths = result.ok ? [] : result.errors.map(({ path }) => path)
  expect(paths.map((path) => path.replace('virtualServices.', ''))).toEqual([
    'cluster',
    'realServers.a',
    'realServers.gone',
    'one.address',
    'one.schedular',
    'one.check.interval',
    'one.realServers.b',
    'two.realServers.a.weight',
    'three.address',
    'three.realServers',
  ])
})

test('a file of ten thousand real servers is read whole', async () => {
  const names = Array.from({ length: 10_000 }, (_, index) => index)
  const servers = names.map((n) => `  r${n}: 10.1.${n >> 8}.${n & 255}\n`).join('')
  const services = Array.from({ length: 100 }, (_, service) => {
    const members = names.slice(service * 100, service * 100 + 100)
    const rows = members.map((n) => `      r${n}: { weight: ${n % 100} }\n`).join('')
    return `  v${service}:\n    address: 192.0.2.${service}:80/tcp\n    realServers:\n${rows}`
  })
  const head = 'cluster: big\ndefaults: { forwarding: direct-route, check: http }\n'
  const result = await parse(
    `${head}realServers:\n${servers}virtualServices:\n${services.join('')}`,
  )
  const virtualServices = result.ok ? result.cluster.virtualServices : []
  expect(virtualServices.flatMap(({ realServers }) => realServers)).toHaveLength(10_000)
  expect(result.warnings).toEqual([])
})

test('a file over 16 MiB is not read', async () => {
  const errors = await errorsOf(`# ${'x'.repeat(16 * 1024 * 1024)}\n`)
  expect(errors[0]).toBe('cluster.yaml:1:1: error: the file is over 16 MiB [file-too-large]')
})

test('a merge key brings the keys of its anchor, and errors point into the anchor', async () => {
  const anchored = `${MASQUERADE}\ntunnel: &t { type: gre }`
  const text = fileWith(anchored, undefined, '{ web1: &w { weight: 7 }, web2: { <<: *w } }')
  expect((await errorsOf(text)).join()).toContain('tunnel: these keys are for')
  const servers = '{ web1: &w { weight: 7 }, web2: { <<: *w, upperThreshold: 3 } }'
  const service = await serviceOf(fileWith(MASQUERADE, undefined, servers))
  expect(service.realServers[1]).toMatchObject({ weight: 7, upperThreshold: 3 })
})
