import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { createMemoryTable } from '../../services/shared/adapters/memory-table.ts'
import { api } from '../../services/shared/wire/api.ts'
import {
  createRecordingTable,
  createWorkplace,
  startMonitor,
  startTestServer,
  type TestMonitor,
  type TestServer,
  type Workplace,
} from '../support/standalone.ts'

let place: Workplace
let servers: TestServer[]
let monitors: TestMonitor[]

beforeEach(async () => {
  place = createWorkplace()
  servers = [await startTestServer(), await startTestServer(), await startTestServer()]
  monitors = []
})

afterEach(async () => {
  for (const monitor of monitors) await monitor.stop()
  for (const server of servers) await server.stop().catch(() => undefined)
  place[Symbol.dispose]()
})

async function start(table = createRecordingTable()) {
  const monitor = await startMonitor(place, table)
  monitors.push(monitor)
  return { monitor, table }
}

function clusterFile(extra = '', weights = [100, 100, 50]): string {
  const rows = servers.map(
    ({ port }, index) => `      web${index + 1}: { weight: ${weights[index]}, port: ${port} }`,
  )
  return `cluster: test
realServers: { web1: 127.0.0.1, web2: 127.0.0.1, web3: 127.0.0.1 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    scheduler: wlc
    forwarding: masquerade
    panicThreshold: 30%
    check: { type: http, interval: 200ms, fastInterval: 50ms, timeout: 150ms, rise: 2, fall: 2 }
${extra}    realServers:
${rows.join('\n')}
`
}

async function rows(table: ReturnType<typeof createMemoryTable>): Promise<string[]> {
  const found = (await table.read()).flatMap((service) =>
    service.servers.map(({ port, weight }) => {
      const name = servers.findIndex((server) => server.port === port) + 1
      return `web${name}=${weight}`
    }),
  )
  return found.sort()
}

const waitFor = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 20 })

describe('a standalone monitor', () => {
  it('brings real servers in, takes a failing one to weight 0 and back', async () => {
    place.write(clusterFile())
    const { monitor, table } = await start()
    await waitFor(async () =>
      expect(await rows(table)).toEqual(['web1=100', 'web2=100', 'web3=50']),
    )
    const [, web2] = servers
    if (web2) web2.status = 500
    await waitFor(async () => expect(await rows(table)).toEqual(['web1=100', 'web2=0', 'web3=50']))
    const ill = await monitor.server('web/web2')
    expect(ill).toMatchObject({ health: 'down', weight: { configured: 100, effective: 0 } })
    expect(ill.reason).toContain('http.status')
    if (web2) web2.status = 200
    await waitFor(async () =>
      expect(await rows(table)).toEqual(['web1=100', 'web2=100', 'web3=50']),
    )
    expect((await monitor.server('web/web2')).health).toBe('up')
  })

  it('removes a failed real server where the file says so', async () => {
    place.write(clusterFile('    onFailure: remove\n'))
    const { table } = await start()
    await waitFor(async () => expect(await rows(table)).toHaveLength(3))
    await servers[0]?.stop()
    await waitFor(async () => expect(await rows(table)).toEqual(['web2=100', 'web3=50']))
  })

  it('changes nothing in the table when it is stopped and started again', async () => {
    place.write(clusterFile())
    const first = await start()
    if (servers[2]) servers[2].status = 500
    await waitFor(async () =>
      expect(await rows(first.table)).toEqual(['web1=100', 'web2=100', 'web3=0']),
    )
    await first.monitor.stop()
    first.table.changes.length = 0
    const { monitor } = await start(first.table)
    await waitFor(async () => {
      const { services } = await monitor.status()
      const verdicts = services[0]?.realServers.map(({ health }) => health)
      expect(verdicts).toEqual(['up', 'up', 'down'])
    })
    expect(first.table.changes).toEqual([])
  })

  it('keeps the word of an operator over a restart, and ends it on enable', async () => {
    place.write(clusterFile())
    const first = await start()
    await waitFor(async () => expect(await rows(first.table)).toHaveLength(3))
    await waitFor(async () => expect((await first.monitor.server('web/web1')).health).toBe('up'))
    const asked = { targets: ['web1'], owner: 'alice', reason: 'new disk' }
    const { changed } = await first.monitor.ask(api.drain, asked)
    expect(changed).toMatchObject([{ server: 'web1', weight: { before: 100, after: 0 } }])
    await waitFor(async () =>
      expect((await first.monitor.server('web/web1')).admin).toBe('drained'),
    )
    await waitFor(async () => expect(await rows(first.table)).toEqual(['web2=100', 'web3=50']))
    await first.monitor.stop()
    const { monitor } = await start(first.table)
    await waitFor(async () => expect((await monitor.server('web/web1')).health).toBe('up'))
    const drained = await monitor.server('web/web1')
    expect(drained).toMatchObject({ admin: 'drained', weight: { effective: 0 } })
    expect(drained.reason).toContain('new disk')
    await monitor.ask(api.enable, { targets: ['web1'], owner: 'alice', reason: '' })
    await waitFor(async () => expect(await rows(first.table)).toContain('web1=100'))
  })

  it('waits for connections before a drained real server leaves the table', async () => {
    place.write(clusterFile())
    const { monitor, table } = await start()
    await waitFor(async () => expect(await rows(table)).toHaveLength(3))
    const service = (await table.read())[0]?.address
    const row = { address: '127.0.0.1', port: servers[0]?.port ?? 0 }
    if (service) table.setCounts(service, row, { active: 2 })
    await monitor.ask(api.drain, { targets: ['web/web1'], owner: 'alice', reason: '' })
    await waitFor(async () => expect(await rows(table)).toContain('web1=0'))
    await waitFor(async () =>
      expect(await monitor.server('web/web1')).toMatchObject({
        admin: 'draining',
        connections: { active: 2 },
      }),
    )
    if (service) table.setCounts(service, row, { active: 0 })
    await waitFor(async () => expect(await rows(table)).toEqual(['web2=100', 'web3=50']))
  })

  it('repairs and reports what somebody else changed, and leaves services of others alone', async () => {
    place.write(clusterFile())
    const { monitor, table } = await start()
    await waitFor(async () => expect(await rows(table)).toHaveLength(3))
    await waitFor(async () => expect((await monitor.server('web/web1')).health).toBe('up'))
    const [service] = await table.read()
    const row = service?.servers.find(({ port }) => port === servers[0]?.port)
    if (service === undefined || row === undefined) throw new Error('no row')
    const foreign = { ...service, address: { ...service.address, port: 8443 } }
    await createForeign(table, foreign)
    await table.apply([
      { type: 'edit-server', service: service.address, server: { ...row, weight: 7 } },
    ])
    await waitFor(async () => {
      expect((await monitor.status()).directors[0]).toMatchObject({
        driftRepaired: 1,
        foreign: ['tcp/192.0.2.10:8443'],
      })
      expect(await rows(table)).toContain('web1=100')
    })
    const { events } = await monitor.ask(api.events, { limit: 100 })
    expect(events.filter(({ type }) => type === 'drift')).toMatchObject([
      { director: 'lb1', message: expect.stringContaining('weight was 100') },
    ])
    expect(await table.read()).toHaveLength(2)
  })

  it('changes nothing when the file that it is told to reload is wrong', async () => {
    place.write(clusterFile())
    const { monitor, table } = await start()
    await waitFor(async () =>
      expect(await rows(table)).toEqual(['web1=100', 'web2=100', 'web3=50']),
    )
    table.changes.length = 0
    place.write(clusterFile('    schedular: wlc\n', [1, 2, 3]))
    const refused = await monitor.ask(api.reload, { by: 'alice' })
    expect(refused.applied).toBe(false)
    expect(refused.findings).toMatchObject([
      { severity: 'error', rule: 'unknown-key', message: expect.stringContaining('scheduler') },
    ])
    expect(table.changes).toEqual([])
    place.write(clusterFile('', [1, 2, 3]))
    expect((await monitor.ask(api.reload, { by: 'alice' })).applied).toBe(true)
    await waitFor(async () => expect(await rows(table)).toEqual(['web1=1', 'web2=2', 'web3=3']))
  })

  it('removes a service that left the file, also when it left while the monitor was down', async () => {
    place.write(clusterFile())
    const first = await start()
    await waitFor(async () => expect(await rows(first.table)).toHaveLength(3))
    await first.monitor.stop()
    place.write(clusterFile().replace('192.0.2.10:80/tcp', '192.0.2.11:80/tcp'))
    await start(first.table)
    await waitFor(async () => {
      const services = (await first.table.read()).map(({ address }) => address)
      expect(services).toMatchObject([{ address: '192.0.2.11' }])
    })
  })

  it('sets a corrupt state file aside, says so, and lets nothing back in that was out', async () => {
    place.write(clusterFile())
    const first = await start()
    await waitFor(async () => expect(await rows(first.table)).toHaveLength(3))
    await waitFor(async () => expect((await first.monitor.server('web/web1')).health).toBe('up'))
    await first.monitor.ask(api.maintenance, { targets: ['web1'], owner: 'alice', reason: 'disk' })
    await waitFor(async () => expect(await rows(first.table)).toContain('web1=0'))
    await first.monitor.stop()
    const file = readdirSync(join(place.state, 'kv')).find((name) => name.includes('overrides'))
    writeFileSync(join(place.state, 'kv', file ?? ''), 'garbage\n'.repeat(20))
    first.table.changes.length = 0
    const { monitor } = await start(first.table)
    await waitFor(async () => expect((await monitor.server('web/web1')).health).toBe('up'))
    expect(first.table.changes).toEqual([])
    const { alerts } = await monitor.status()
    expect(alerts).toMatchObject([{ key: 'state-damaged', severity: 'critical' }])
    expect(await monitor.server('web/web1')).toMatchObject({
      admin: 'maintenance',
      weight: { effective: 0 },
      reason: expect.stringContaining('lvsctl enable web/web1'),
    })
    expect(readdirSync(join(place.state, 'kv')).join()).toContain('.corrupt-')
  })

  it('engages the sorry server when no real server is left, and lets it go again', async () => {
    place.write(clusterFile('    sorryServer: 127.0.0.1:8088\n'))
    const { monitor, table } = await start()
    await waitFor(async () => expect(await rows(table)).toHaveLength(3))
    for (const server of servers) server.status = 503
    const ports = async () => (await table.read())[0]?.servers.filter(({ weight }) => weight > 0)
    await waitFor(async () => expect(await ports()).toMatchObject([{ port: 8088, weight: 1 }]))
    expect((await monitor.status()).services[0]?.sorryServer?.serving).toBe(true)
    for (const server of servers) server.status = 200
    await waitFor(async () =>
      expect(await rows(table)).toEqual(['web1=100', 'web2=100', 'web3=50']),
    )
  })
})

async function createForeign(
  table: ReturnType<typeof createMemoryTable>,
  service: Awaited<ReturnType<typeof table.read>>[number],
): Promise<void> {
  const { servers: _, stats: __, ...head } = service
  await table.apply([{ type: 'add-service', service: head }])
}
