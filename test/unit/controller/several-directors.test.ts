import { describe, expect, test } from 'vitest'
import { tableDifferences } from '../../../services/controller/core/parity.ts'
import type { TableService } from '../../../services/shared/domain/table.ts'
import { countTable } from '../../support/cluster-builder.ts'
import { createFleet, weightsOf } from '../../support/controller-fleet.ts'

describe('several directors', () => {
  test('hold the same table; one that crashed has it whole again within a second', async () => {
    const fleet = createFleet()
    await fleet.configure({}, ['lb1', 'lb2'])
    await fleet.controller('a')
    const one = await fleet.director('lb1')
    const two = await fleet.director('lb2')
    await fleet.seconds(4)
    expect(await weightsOf(one.table)).toEqual([100, 100, 100, 100])
    expect(await weightsOf(two.table)).toEqual([100, 100, 100, 100])
    await two.service.stop()
    await fleet.seconds(1)
    const again = await fleet.director('lb2')
    await fleet.seconds(1)
    expect(await weightsOf(again.table)).toEqual([100, 100, 100, 100])
    expect(one.table.changes.filter(({ type }) => type.startsWith('remove'))).toEqual([])
  })

  test('have their connections added up, and what differs is shown', async () => {
    const fleet = createFleet()
    await fleet.configure({}, ['lb1', 'lb2', 'lb3'])
    await fleet.controller('a')
    const tables = [await fleet.director('lb1'), await fleet.director('lb2')]
    await fleet.seconds(8)
    for (const { table } of tables) {
      const address = (await table.read())[0]?.address
      if (address === undefined) throw new Error('no service')
      table.setCounts(address, { address: '10.0.0.11', port: 80 }, { active: 4 })
    }
    await fleet.seconds(2)
    const status = await fleet.status()
    expect(status.services[0]?.realServers[0]?.connections.active).toBe(8)
    expect(status.missingDirectors).toEqual(['lb3'])
    expect(status.directors.map(({ name, differences }) => [name, differences])).toEqual([
      ['lb1', undefined],
      ['lb2', undefined],
    ])
  })

  test('of which the file names none are gathered for a while', async () => {
    const fleet = createFleet()
    await fleet.configure()
    await fleet.controller('a', fleet.clock, { gatherMs: 2500 })
    const one = await fleet.director('lb1')
    await fleet.seconds(2)
    expect(await weightsOf(one.table)).toEqual([null, null, null, null])
    const two = await fleet.director('lb2')
    await fleet.seconds(3)
    expect(await weightsOf(one.table)).toEqual([100, 100, 100, 100])
    expect(await weightsOf(two.table)).toEqual([100, 100, 100, 100])
  })
})

describe('what differs between two tables', () => {
  const service = (weights: Readonly<Record<string, number>>, port = 80): TableService => ({
    address: { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10', port },
    scheduler: 'wlc',
    schedulerFlags: [],
    onePacket: false,
    servers: Object.entries(weights).map(([address, weight]) => ({
      ...{ address, port, forwarding: 'direct-route' as const, weight },
      ...{ upperThreshold: 0, lowerThreshold: 0 },
    })),
  })

  test.each([
    ['nothing', [service({ a: 1 })], [service({ a: 1 })], []],
    ['services of others do not count', [], [service({ a: 1 })], []],
    ['a service', [service({ a: 1 })], [], ['tcp/192.0.2.10:80 is missing']],
    ['a row', [service({ a: 1 })], [service({})], ['tcp/192.0.2.10:80: a:80 is missing']],
    [
      'a row too many',
      [service({})],
      [service({ a: 1 })],
      ['tcp/192.0.2.10:80: a:80 should not be there'],
    ],
    [
      'a weight',
      [service({ a: 1 })],
      [service({ a: 2 })],
      ['tcp/192.0.2.10:80: a:80: wanted weight 1, found 2'],
    ],
    [
      'a scheduler',
      [{ ...service({}), scheduler: 'rr' as const }],
      [service({})],
      ['tcp/192.0.2.10:80: wanted scheduler rr, found wlc'],
    ],
  ])('%s', (_, want, found, said) => {
    expect(tableDifferences(want, countTable(found))).toEqual(said)
  })

  test('is said for the first few only', () => {
    const rows = Object.fromEntries(Array.from({ length: 1000 }, (__, index) => [`s${index}`, 1]))
    expect(tableDifferences([service(rows)], countTable([service({})]))).toHaveLength(5)
  })
})
