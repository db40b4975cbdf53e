import { expect, test } from 'vitest'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import { at, head, row } from '../../contract/ipvs-table-builder.ts'

const WEB = at('tcp', '192.0.2.10', 80)
const SERVER = { address: '10.0.0.1', port: 80 }

test('counters that were set stay when a row is edited, and go when it is removed', async () => {
  const table = createMemoryTable([{ ...head(WEB), servers: [row('10.0.0.1', 80)] }])
  table.setCounts(WEB, SERVER, { active: 3 })
  table.setCounts(WEB, SERVER, { inactive: 4 })
  table.setStats(WEB, SERVER, { connections: 9 })
  const server = row('10.0.0.1', 80, { weight: 0 })
  await table.apply([{ type: 'edit-server', service: WEB, server }])
  const counters = async () => (await table.read())[0]?.servers[0]
  expect(await counters()).toMatchObject({
    weight: 0,
    counts: { active: 3, inactive: 4, persistent: 0 },
    stats: { connections: 9, inPackets: 0 },
  })
  await table.apply([
    { type: 'remove-server', service: WEB, server: SERVER },
    { type: 'add-server', service: WEB, server },
  ])
  expect((await counters())?.counts.active).toBe(0)
})

test('counters cannot be set of a row that is not there', () => {
  const table = createMemoryTable()
  expect(() => table.setCounts(WEB, SERVER, {})).toThrow(
    'no real server 10.0.0.1:80 in tcp/192.0.2.10:80',
  )
})

test('a table that was read does not change afterwards', async () => {
  const table = createMemoryTable([{ ...head(WEB), servers: [row('10.0.0.1', 80)] }])
  const before = await table.read()
  await table.apply([{ type: 'remove-server', service: WEB, server: SERVER }])
  expect(before[0]?.servers).toHaveLength(1)
})
