import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plan } from '../../../services/director/core/plan.ts'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import { serverKey } from '../../../services/shared/domain/server-key.ts'
import type { CountedTable, Table } from '../../../services/shared/domain/table.ts'
import { type ServiceKey, serviceKey } from '../../../services/shared/domain/virtual-service.ts'
import { at, head, plain, row } from '../../contract/ipvs-table-builder.ts'
import { anyTwoTables } from '../../support/table-arbitrary.ts'

const WEB = at('tcp', '192.0.2.10', 80)
const NOBODY: ReadonlySet<ServiceKey> = new Set()

const read = (table: Table): Promise<CountedTable> => createMemoryTable(table).read()
const keysOf = (table: Table) => new Set(table.map(({ address }) => serviceKey(address)))

describe('plan', () => {
  test('makes nothing of a table that is as it should be', async () => {
    const table = [{ ...head(WEB), servers: [row('10.0.0.1', 80)] }]
    expect(plan(table, await read(table), NOBODY)).toEqual([])
  })

  test('takes equal spellings of flags and tunnels for what they are', async () => {
    const servers = [row('10.0.0.1', 80, { forwarding: 'tunnel', tunnel: { type: 'ipip' } })]
    const actual = await read([
      { ...head(WEB, { scheduler: 'sh', schedulerFlags: ['sh-fallback'] }), servers },
    ])
    const desired = [
      {
        ...head(WEB, { scheduler: 'sh', schedulerFlags: ['flag-1'] }),
        servers: [row('10.0.0.1', 80, { forwarding: 'tunnel' })],
      },
    ]
    expect(plan(desired, actual, NOBODY)).toEqual([])
  })

  test('does not care how packets reach the director itself', async () => {
    const [service] = await read([{ ...head(WEB), servers: [row('127.0.0.1', 80)] }])
    const [server] = service?.servers ?? []
    if (service === undefined || server === undefined) throw new Error('the table is empty')
    const actual = [{ ...service, servers: [{ ...server, local: true as const }] }]
    const wanted = row('127.0.0.1', 80, { forwarding: 'direct-route' })
    expect(plan([{ ...head(WEB), servers: [wanted] }], actual, NOBODY)).toEqual([])
    const raised = { ...wanted, weight: 5 }
    expect(plan([{ ...head(WEB), servers: [raised] }], actual, NOBODY)).toEqual([
      { type: 'edit-server', service: WEB, server: raised },
    ])
  })

  test('edits a service in place, whatever changes', async () => {
    const actual = await read([{ ...head(WEB), servers: [row('10.0.0.1', 80)] }])
    const changed = head(WEB, { scheduler: 'mh', persistence: { timeoutS: 60, netmask: 32 } })
    expect(plan([{ ...changed, servers: [row('10.0.0.1', 80)] }], actual, NOBODY)).toEqual([
      { type: 'edit-service', service: changed },
    ])
  })

  test('adds and raises before it lowers and removes', async () => {
    const actual = await read([
      {
        ...head(WEB),
        servers: [
          row('10.0.0.1', 80, { weight: 5 }),
          row('10.0.0.2', 80, { weight: 5 }),
          row('10.0.0.3', 80),
        ],
      },
    ])
    const servers = [
      row('10.0.0.1', 80, { weight: 0 }),
      row('10.0.0.2', 80, { weight: 9 }),
      row('10.0.0.4', 80),
    ]
    const changes = plan([{ ...head(WEB), servers }], actual, NOBODY)
    const told = changes.map((change) => {
      return 'server' in change ? `${change.type} ${serverKey(change.server)}` : change.type
    })
    expect(told).toEqual([
      'edit-server 10.0.0.2:80',
      'add-server 10.0.0.4:80',
      'edit-server 10.0.0.1:80',
      'remove-server 10.0.0.3:80',
    ])
  })

  test('removes a service only when it is owned and no longer wanted', async () => {
    const actual = await read([{ ...head(WEB), servers: [] }])
    expect(plan([], actual, NOBODY)).toEqual([])
    expect(plan([], actual, new Set([serviceKey(WEB)]))).toEqual([
      { type: 'remove-service', service: WEB },
    ])
  })

  test('applied to any table it gives the desired one without a refusal, and then nothing is left to do', async () => {
    await fc.assert(
      fc.asyncProperty(anyTwoTables, async ([before, desired]) => {
        const table = createMemoryTable(before)
        const owned = keysOf(before)
        expect(await table.apply(plan(desired, await table.read(), owned))).toEqual([])
        expect(plain(await table.read())).toEqual(plain(desired))
        expect(plan(desired, await table.read(), owned)).toEqual([])
      }),
    )
  })

  test('never touches a service that is neither wanted nor owned', async () => {
    await fc.assert(
      fc.asyncProperty(anyTwoTables, async ([before, desired]) => {
        const table = createMemoryTable(before)
        await table.apply(plan(desired, await table.read(), NOBODY))
        const wanted = keysOf(desired)
        const foreign = (all: Table) =>
          all.filter(({ address }) => !wanted.has(serviceKey(address)))
        expect(plain(foreign(await table.read()))).toEqual(plain(foreign(before)))
      }),
    )
  })

  test('never leaves a service with less weight on the way than before or after', async () => {
    const weights = (table: Table) =>
      new Map(
        table.map(({ address, servers }) => [
          serviceKey(address),
          servers.reduce((sum, { weight }) => sum + weight, 0),
        ]),
      )
    await fc.assert(
      fc.asyncProperty(anyTwoTables, async ([before, desired]) => {
        const table = createMemoryTable(before)
        const first = weights(before)
        const last = weights(desired)
        for (const change of plan(desired, await table.read(), NOBODY)) {
          await table.apply([change])
          for (const [key, weight] of weights(await table.read())) {
            const least = Math.min(first.get(key) ?? 0, last.get(key) ?? weight)
            expect(weight).toBeGreaterThanOrEqual(least)
          }
        }
      }),
    )
  })
})
