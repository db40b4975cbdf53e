import { expect, test } from 'vitest'
import { createControllerMetrics } from '../../../services/controller/controller-metrics.ts'
import { createMemorySysctlStore } from '../../../services/shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import type { TableService } from '../../../services/shared/domain/table.ts'
import { createMetrics } from '../../../services/shared/runtime/metrics.ts'
import { api } from '../../../services/shared/wire/api.ts'
import { createFleet, type Fleet, WEB } from '../../support/controller-fleet.ts'
import { createDirectorWorld } from '../../support/director-world.ts'

/** What another monitor has in the table: weights of `web1` to `web4`, and its scheduler. */
function held(weights: readonly number[], scheduler = 'wlc'): TableService {
  return {
    address: { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10', port: 80 },
    scheduler,
    schedulerFlags: [],
    onePacket: false,
    servers: WEB.map(({ address, port, forwarding }, index) => ({
      ...{ address, port, forwarding, weight: weights[index] ?? 0 },
      ...{ upperThreshold: 0, lowerThreshold: 0 },
    })),
  }
}

const ALL = [100, 100, 100, 100]

async function inShadow(weights = ALL, scheduler = 'wlc') {
  const fleet = createFleet()
  await fleet.configure()
  await fleet.controller('a')
  const { table, service } = await fleet.director('lb1', { holds: [held(weights, scheduler)] })
  await fleet.seconds(10)
  return { fleet, table, service }
}

async function shadowOf(fleet: Fleet) {
  const [director] = (await fleet.status()).directors
  if (director?.shadow === undefined) throw new Error('not in shadow')
  return director.shadow
}

test('a table that is as we would have it agrees in all', async () => {
  const { fleet, table } = await inShadow()
  const { disagreements, ...figures } = await shadowOf(fleet)
  expect(figures).toMatchObject({ rows: 5, same: 5, agreement: 1 })
  expect(disagreements).toEqual([])
  expect(table.changes).toEqual([])
})

test('what we would do is said with its cause, and never done', async () => {
  const { fleet, table } = await inShadow()
  fleet.servers(['web1', 'web3', 'web4'])
  await fleet.seconds(20)
  const { same, rows, agreement, disagreements } = await shadowOf(fleet)
  expect([same, rows]).toEqual([4, 5])
  expect(agreement).toBeGreaterThan(0.8)
  expect(agreement).toBeLessThan(1)
  expect(disagreements.map(({ said }) => said)).toEqual([
    expect.stringMatching(/^web\/web2: we would have weight 0, the table has 100: .*refused/),
  ])
  const { answers } = await fleet.ask(api.why, { target: 'web/web2' })
  expect(answers[0]?.directors).toEqual([{ name: 'lb1', weight: 100, shadow: true }])
  expect(table.changes).toEqual([])
  expect((await table.read())[0]?.servers.map(({ weight }) => weight)).toEqual(ALL)
})

test('a disagreement that lasts is an event with its end; no alert says that a table differs', async () => {
  const { fleet, table } = await inShadow()
  fleet.servers(['web1', 'web3', 'web4'])
  await fleet.seconds(20)
  // The other monitor has seen it, too.
  await table.hold(held([100, 0, 100, 100]))
  await fleet.seconds(3)
  const told = (await fleet.events()).filter(({ type }) => type.startsWith('shadow-'))
  expect(told.map(({ type, server, director }) => [type, server, director])).toEqual([
    ['shadow-differs', 'web2', 'lb1'],
    ['shadow-agrees', 'web2', 'lb1'],
  ])
  expect(told[1]?.message).toMatch(/web\/web2 is as it should be again, after \d+/)
  expect((await fleet.alertEvents()).filter((key) => key.includes('differs'))).toEqual([])
})

test('two monitors that see a failure a few seconds apart make no event', async () => {
  const { fleet, table } = await inShadow()
  await table.hold(held([100, 0, 100, 100]))
  await fleet.seconds(3)
  await table.hold(held(ALL))
  await fleet.seconds(10)
  expect((await fleet.events()).filter(({ type }) => type.startsWith('shadow-'))).toEqual([])
  expect((await shadowOf(fleet)).agreement).toBeLessThan(1)
})

test('schedulers, and services that are not there, are compared as well', async () => {
  const { fleet } = await inShadow(ALL, 'rr')
  expect((await shadowOf(fleet)).disagreements.map(({ said }) => said)).toEqual([
    'web: we would have scheduler wlc, the table has rr',
  ])
  const empty = createFleet()
  await empty.configure()
  await empty.controller('a')
  const { table } = await empty.director('lb1', { holds: [] })
  await empty.seconds(10)
  expect((await shadowOf(empty)).disagreements.map(({ said }) => said)[0]).toBe(
    'web is missing in the table',
  )
  expect(table.changes).toEqual([])
})

test('a drain is decided, and not over by what somebody else does', async () => {
  const { fleet, table, service } = await inShadow()
  await fleet.drain('web1')
  await fleet.seconds(5)
  const [web] = (await fleet.status()).services
  expect(web?.realServers[0]).toMatchObject({ admin: 'draining', weight: { effective: 0 } })
  await service.stop()
  // Told to take its services out when it stops, it has none.
  expect(table.changes).toEqual([])
})

test('settings of the kernel are looked at only', async () => {
  const world = createDirectorWorld()
  const sysctls = createMemorySysctlStore()
  await world.start(createMemoryTable(), { sysctls, shadow: true })
  await world.want({ epoch: 1, generation: 1, services: [], sysctls: { expire_nodest_conn: 1 } })
  await world.seconds(12)
  expect((await sysctls.read()).get('expire_nodest_conn')).toBe(0)
  expect(world.reports.at(-1)).toMatchObject({ shadow: true, generation: 1 })
})

test('Prometheus has how far they agree', async () => {
  const { fleet } = await inShadow(ALL, 'rr')
  const status = await fleet.status()
  const metrics = createMetrics({ withProcess: false })
  const stop = createControllerMetrics(metrics).show(() => ({ leads: true, status: () => status }))
  const { text } = await metrics.render()
  expect(text).toContain('lvs_warden_shadow_disagreements{director="lb1"} 1')
  expect(text).toMatch(/lvs_warden_shadow_agreement_ratio\{director="lb1"\} 0\.8/)
  stop()
})
