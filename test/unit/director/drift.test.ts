import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drift } from '../../../services/director/core/drift.ts'
import { plan } from '../../../services/director/core/plan.ts'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import type { Change } from '../../../services/shared/domain/table.ts'
import { serviceKey } from '../../../services/shared/domain/virtual-service.ts'
import { at, head, row } from '../../contract/ipvs-table-builder.ts'
import { anyTwoTables } from '../../support/table-arbitrary.ts'

const WEB = at('tcp', '192.0.2.10', 80)
const DNS = at('udp', '2001:db8::53', 53)
const OURS = [{ ...head(WEB), servers: [row('10.0.0.1', 80, { weight: 100 })] }]

async function afterwards(changes: readonly Change[], owned = new Set([serviceKey(WEB)])) {
  const table = createMemoryTable(OURS)
  expect(await table.apply(changes)).toEqual([])
  return drift(OURS, await table.read(), owned)
}

describe('drift', () => {
  test('tells a changed weight with what it was and is', async () => {
    const server = row('10.0.0.1', 80, { weight: 0 })
    expect(await afterwards([{ type: 'edit-server', service: WEB, server }])).toEqual([
      {
        service: 'tcp/192.0.2.10:80',
        server: '10.0.0.1:80',
        ...{ what: 'weight', was: '100', now: '0' },
        message:
          'real server 10.0.0.1:80 of 192.0.2.10:80/tcp: weight was 100 and somebody else made it 0',
      },
    ])
  })

  test('tells every field of a service that changed', async () => {
    const service = head(WEB, {
      scheduler: 'sh',
      schedulerFlags: ['sh-port'],
      onePacket: true,
      persistence: { timeoutS: 60, netmask: 24, engine: 'sip' },
    })
    const found = await afterwards([{ type: 'edit-service', service }])
    expect(found.map(({ what, was, now }) => [what, was, now])).toEqual([
      ['scheduler', 'wlc', 'sh'],
      ['scheduler flags', 'none', 'sh-port'],
      ['one-packet', 'off', 'on'],
      ['persistence', 'none', '60 s netmask /24 engine sip'],
    ])
  })

  test('tells every field of a row that changed', async () => {
    const server = row('10.0.0.1', 80, {
      forwarding: 'tunnel',
      tunnel: { type: 'gue', port: 6080, checksum: 'remote' },
      ...{ weight: 100, upperThreshold: 20, lowerThreshold: 10 },
    })
    const found = await afterwards([{ type: 'edit-server', service: WEB, server }])
    expect(found.map(({ what, was, now }) => [what, was, now])).toEqual([
      ['forwarding', 'masquerade', 'tunnel gue port 6080 remote'],
      ['upper threshold', '0', '20'],
      ['lower threshold', '0', '10'],
    ])
  })

  test('tells rows and services that are gone or new', async () => {
    const gone = { address: '10.0.0.1', port: 80 }
    const rows = await afterwards([
      { type: 'remove-server', service: WEB, server: gone },
      { type: 'add-server', service: WEB, server: row('10.0.0.2', 80) },
    ])
    expect(rows.map(({ message }) => message)).toEqual([
      'real server 10.0.0.1:80 of 192.0.2.10:80/tcp was removed by somebody else',
      'real server 10.0.0.2:80 of 192.0.2.10:80/tcp was added by somebody else',
    ])
    const services = await afterwards(
      [
        { type: 'remove-service', service: WEB },
        { type: 'add-service', service: head(DNS) },
      ],
      new Set([serviceKey(WEB), serviceKey(DNS)]),
    )
    expect(services.map(({ service, what }) => [service, what])).toEqual([
      ['tcp/192.0.2.10:80', 'missing'],
      ['udp/[2001:db8::53]:53', 'unexpected'],
    ])
  })

  test('is silent about services of others', async () => {
    expect(await afterwards([{ type: 'add-service', service: head(DNS) }])).toEqual([])
  })

  test('is there exactly when something would have to be repaired', async () => {
    await fc.assert(
      fc.asyncProperty(anyTwoTables, async ([ours, actual]) => {
        const owned = new Set(ours.map(({ address }) => serviceKey(address)))
        const found = await createMemoryTable(actual).read()
        const repairs = plan(ours, found, owned)
        expect(drift(ours, found, owned).length > 0).toBe(repairs.length > 0)
      }),
    )
  })
})
