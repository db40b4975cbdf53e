import { describe, expect, test } from 'vitest'
import { clusterOf, errorsOf, fileWith, serviceOf } from './parse.ts'

const MASQUERADE = 'forwarding: masquerade'

async function checksOf(keys: string, address?: string, servers?: string) {
  const service = await serviceOf(fileWith(`${MASQUERADE}\n${keys}`, address, servers))
  return service.realServers.map(({ checks }) => checks)
}

describe('without a check in the file', () => {
  test.each([
    ['192.0.2.10:80/tcp', 'tcp', 80],
    ['192.0.2.10:53/udp', 'icmp', 0],
    ['192.0.2.10:3868/sctp', 'icmp', 0],
    ['fwmark:7', 'icmp', 0],
  ])('a real server of %s is checked by %s', async (address, kind, port) => {
    const [checks] = await checksOf('', address)
    expect(checks).toMatchObject([{ kind, target: { address: '10.0.0.11', port } }])
  })
})

describe('a check takes from the level above', () => {
  const both = '{ web1: { check: OWN }, web2: }'

  test('every key that it does not give, when it is of the same kind', async () => {
    const servers = both.replace('OWN', '{ path: /own }')
    const keys = 'check: { type: http, path: /all, method: HEAD, interval: 4s, port: 8080 }'
    const [[own] = [], [other] = []] = await checksOf(keys, undefined, servers)
    expect(own).toMatchObject({ intervalMs: 4000, options: { path: '/own', method: 'HEAD' } })
    expect(own?.target.port).toBe(8080)
    expect(other).toMatchObject({ intervalMs: 4000, options: { path: '/all', method: 'HEAD' } })
  })

  test('only the timing, when it is of another kind', async () => {
    const servers = both.replace('OWN', 'tcp')
    const keys = 'check: { type: http, path: /all, name: page, interval: 4s, fall: 5, port: 8080 }'
    const [[own] = []] = await checksOf(keys, undefined, servers)
    expect(own).toMatchObject({ label: 'tcp', kind: 'tcp', intervalMs: 4000, fall: 5 })
    expect(own?.target.port).toBe(80)
  })

  test('member by member, when there are several', async () => {
    const keys = 'checks: [tcp, { type: http, interval: 5s }]'
    const text = fileWith(`${MASQUERADE}\n${keys}`).replace(
      'realServers:',
      'defaults: { check: { interval: 3s, rise: 4 } }\nrealServers:',
    )
    const service = await serviceOf(text)
    expect(service.realServers[0]?.checks).toMatchObject([
      { kind: 'tcp', intervalMs: 3000, rise: 4 },
      { kind: 'http', intervalMs: 5000, rise: 4 },
    ])
  })

  test('nothing, when it says none', async () => {
    const [own, other] = await checksOf('check: http', undefined, both.replace('OWN', 'none'))
    expect(own).toEqual([])
    expect(other).toHaveLength(1)
  })
})

test('times follow the interval', async () => {
  const [checks] = await checksOf(
    'checks: [{ type: tcp, interval: 500ms }, { type: tcp, interval: 20s, port: 81 }]',
  )
  expect(checks).toMatchObject([
    { intervalMs: 500, fastIntervalMs: 200, timeoutMs: 500 },
    { intervalMs: 20_000, fastIntervalMs: 4000, timeoutMs: 1000 },
  ])
})

test('labels tell the checks of a real server apart', async () => {
  const [checks] = await checksOf(
    'checks: [icmp, tcp, { type: tcp, port: 81 }, tcp, { type: http, name: page }]',
  )
  expect(checks?.map(({ label }) => label)).toEqual(['icmp', 'tcp', 'tcp:81', 'tcp#4', 'page'])
})

test('a check looks where it is told to', async () => {
  const [[check] = []] = await checksOf('check: { type: tcp, address: 2001:db8::9, port: 81 }')
  expect(check?.target).toEqual({ address: '2001:db8::9', family: 6, port: 81 })
})

test('two services share a probe when it is the same check of the same address at the same pace', async () => {
  const text = `cluster: shop
defaults: { forwarding: masquerade }
realServers: { a: 10.0.0.1, b: 10.0.0.1 }
virtualServices:
  one: { address: '192.0.2.1:80/tcp', check: { type: http, fall: 9 }, realServers: { a: } }
  two: { address: '192.0.2.2:80/tcp', check: { type: http, method: GET }, realServers: { b: } }
  slow: { address: '192.0.2.3:80/tcp', check: { type: http, interval: 3s }, realServers: { a: } }
  path: { address: '192.0.2.4:80/tcp', check: { type: http, path: /x }, realServers: { a: } }
  port: { address: '192.0.2.5:81/tcp', check: { type: http }, realServers: { a: } }
`
  const { virtualServices } = await clusterOf(text)
  const probes = virtualServices.map(({ realServers }) => realServers[0]?.checks[0]?.probe)
  expect(probes[0]).toBe(probes[1])
  expect(new Set(probes).size).toBe(4)
})

test('a probe that wants the virtual service has its address, and is shared by no other', async () => {
  const text = `cluster: shop
defaults: { forwarding: masquerade, check: { type: script, command: x } }
realServers: { a: 10.0.0.1 }
virtualServices:
  one: { address: '192.0.2.1:80/tcp', realServers: { a: } }
  two: { address: '192.0.2.2:80/tcp', realServers: { a: } }
  mark: { address: 'fwmark:7', check: { port: 80 }, realServers: { a: } }
`
  const { virtualServices } = await clusterOf(text)
  const checks = virtualServices.flatMap(({ realServers }) => realServers.flatMap((s) => s.checks))
  expect(checks.map(({ target }) => target.virtual)).toEqual([
    { address: '192.0.2.1', port: 80 },
    { address: '192.0.2.2', port: 80 },
    { address: '7', port: 0 },
  ])
  expect(new Set(checks.map(({ probe }) => probe)).size).toBe(3)
})

test('a tripwire in defaults is for the checks that can hold one', async () => {
  const text = fileWith(`${MASQUERADE}\nchecks: [icmp, tcp]`).replace(
    'realServers:',
    'defaults: { check: { tripwire: true } }\nrealServers:',
  )
  const service = await serviceOf(text)
  expect(service.realServers[0]?.checks.map(({ tripwire }) => tripwire)).toEqual([false, true])
})

test('what slow is makes a probe of its own, and half of the weight is the default', async () => {
  const [[slow] = [], [quick] = []] = await checksOf(
    'check: { type: tcp, address: 10.0.0.9 }',
    undefined,
    '{ web1: { check: { slowAfter: 300ms } }, web2: }',
  )
  expect(slow?.slow).toEqual({ afterMs: 300, factor: 0.5 })
  expect(quick).not.toHaveProperty('slow')
  expect(slow?.target).toEqual(quick?.target)
  expect(slow?.probe).not.toBe(quick?.probe)
})

test('a slow factor in defaults waits for a check that says what slow is', async () => {
  const text = fileWith(`${MASQUERADE}\nchecks: [icmp, { type: tcp, slowAfter: 200ms }]`).replace(
    'realServers:',
    'defaults: { check: { slowFactor: 20% } }\nrealServers:',
  )
  const service = await serviceOf(text)
  const [icmp, tcp] = service.realServers[0]?.checks ?? []
  expect(icmp).not.toHaveProperty('slow')
  expect(tcp?.slow).toEqual({ afterMs: 200, factor: 0.2 })
})

test('connects between checks in defaults are for the checks over TCP', async () => {
  const text = fileWith(`${MASQUERADE}\nchecks: [icmp, http]`).replace(
    'realServers:',
    'defaults: { check: { connectsBetween: 4 } }\nrealServers:',
  )
  const service = await serviceOf(text)
  const [icmp, http] = service.realServers[0]?.checks ?? []
  expect(icmp).not.toHaveProperty('connectsBetween')
  expect(http?.connectsBetween).toBe(4)
})

test("a service's words about connections are not for a server's check without any", async () => {
  const [[own] = [], [other] = []] = await checksOf(
    'check: { type: http, connectsBetween: 4, tripwire: true }',
    undefined,
    '{ web1: { check: { type: icmp } }, web2: }',
  )
  expect(own).toMatchObject({ kind: 'icmp', tripwire: false })
  expect(own).not.toHaveProperty('connectsBetween')
  expect(other).toMatchObject({ tripwire: true, connectsBetween: 4 })
})

test('a source address goes to checks of any kind, and makes a probe of its own', async () => {
  const [[from] = [], [plain] = []] = await checksOf(
    'check: { type: http }',
    undefined,
    '{ web1: { check: { type: tcp, sourceAddress: 10.0.0.2 } }, web2: { check: { type: tcp } } }',
  )
  expect(from?.target).toEqual({ address: '10.0.0.11', family: 4, port: 80, source: '10.0.0.2' })
  expect(plain?.target).not.toHaveProperty('source')
})

test('a source address of the other IP version is an error, and none of it in defaults', async () => {
  const own = fileWith(`${MASQUERADE}\ncheck: { type: tcp, sourceAddress: "2001:db8::2" }`)
  expect((await errorsOf(own))[0]).toContain(
    'check.sourceAddress: wanted an IPv4 address to reach 10.0.0.11 from, got 2001:db8::2',
  )
  const common = fileWith(`${MASQUERADE}\ncheck: tcp`).replace(
    'realServers:',
    'defaults: { check: { sourceAddress: "2001:db8::2" } }\nrealServers:',
  )
  const service = await serviceOf(common)
  expect(service.realServers[0]?.checks[0]?.target).not.toHaveProperty('source')
  const name = fileWith(`${MASQUERADE}\ncheck: { type: tcp, sourceAddress: director1 }`)
  expect((await errorsOf(name))[0]).toContain('wanted an IPv4 or IPv6 address, got "director1"')
})

test('an agent keeps nobody out unless the file insists on it', async () => {
  const servers =
    '{ web1: { check: { type: agent } }, web2: { check: { type: agent, required: true } } }'
  const [[loose] = [], [strict] = []] = await checksOf('', undefined, servers)
  expect(loose?.optional).toBe(true)
  expect(strict).not.toHaveProperty('optional')
})

test('a wrong default is reported once, where it stands, also when no check uses it', async () => {
  const defaults = 'defaults: { check: { type: http, path: health, fall: 0 } }'
  const text = fileWith(`${MASQUERADE}\ncheck: { type: tcp, fall: 2 }`).replace(
    'realServers:',
    `${defaults}\nrealServers:`,
  )
  expect(await errorsOf(text)).toEqual([
    'cluster.yaml:2:40: error: defaults.check.path: want a path that starts with / and has no spaces, got "health" [bad-value]',
    'cluster.yaml:2:54: error: defaults.check.fall: wanted a whole number from 1 to 1000, got the number 0 [fall-out-of-range]',
  ])
})
