import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import type { IpvsTable } from '../../../services/shared/ports/ipvs-table.ts'
import { tableSubject } from '../../../services/shared/wire/subjects.ts'
import {
  createDirectorWorld,
  type DirectorWorld,
  webService as web,
  weightsIn,
} from '../../support/director-world.ts'

let world: DirectorWorld

beforeEach(() => {
  world = createDirectorWorld()
})

describe('a director', () => {
  it('reports the table it finds before anybody has asked for one', async () => {
    await world.start(createMemoryTable([web({ '10.0.0.1': 7 })]))
    await world.bus.settled()
    expect(world.reports[0]).toMatchObject({
      director: 'lb1',
      epoch: 0,
      generation: 0,
      services: [{ servers: [{ address: '10.0.0.1', weight: 7 }] }],
      foreign: ['tcp/192.0.2.10:80'],
    })
  })

  it('reports rows of others that we would never ask for', async () => {
    await world.start(createMemoryTable([web({ '10.0.0.1': 70_000 })]))
    await world.bus.settled()
    expect(world.reports[0]?.services[0]?.servers[0]?.weight).toBe(70_000)
  })

  it('makes its table as wanted and reports what is there', async () => {
    const table = createMemoryTable()
    await world.start(table)
    await world.want({ epoch: 3, generation: 1, services: [web({ '10.0.0.1': 5, '10.0.0.2': 0 })] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5, '10.0.0.2': 0 })
    expect(world.reports.at(-1)).toMatchObject({ epoch: 3, generation: 1, foreign: [], drift: [] })
  })

  it('refuses a table that is older than one it has seen, by epoch before generation', async () => {
    const table = createMemoryTable()
    await world.start(table)
    await world.want({ epoch: 3, generation: 2, services: [web({ '10.0.0.1': 5 })] })
    await world.want({ epoch: 3, generation: 1, services: [web({ '10.0.0.1': 1 })] })
    await world.want({ epoch: 2, generation: 9, services: [web({ '10.0.0.1': 2 })] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5 })
    await world.want({ epoch: 4, generation: 1, services: [web({ '10.0.0.1': 9 })] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 9 })
  })

  it('refuses a table that it cannot read and goes on', async () => {
    const table = createMemoryTable()
    await world.start(table)
    world.bus.publish(tableSubject('shop', 'lb1'), new TextEncoder().encode('{"v":99,"body":{}}'))
    await world.bus.settled()
    await world.want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5 })
  })

  it('undoes what somebody else changed within a second and reports it once', async () => {
    const table = createMemoryTable()
    await world.start(table)
    const service = web({ '10.0.0.1': 5, '10.0.0.2': 5 })
    await world.want({ epoch: 1, generation: 1, services: [service] })
    const [row] = service.servers
    if (row === undefined) throw new Error('no row')
    await table.apply([
      { type: 'edit-server', service: service.address, server: { ...row, weight: 1 } },
    ])
    await world.seconds(1)
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5, '10.0.0.2': 5 })
    expect(world.reports.at(-1)?.drift).toMatchObject([
      { server: '10.0.0.1:80', was: '5', now: '1' },
    ])
    await world.seconds(1)
    expect(world.reports.at(-1)?.drift).toEqual([])
  })

  it('reports a refused change once, says that something is wrong for as long as it is, and tries again', async () => {
    const memory = createMemoryTable()
    let isBroken = true
    const table: IpvsTable = {
      ...memory,
      apply: async (changes) =>
        isBroken
          ? changes.map((change) => ({ change, code: 'ENOMEM', message: 'out of memory' }))
          : memory.apply(changes),
    }
    await world.start(table)
    await world.want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    const told = world.reports.flatMap(({ failures }) => failures)
    expect(told.map(({ code }) => code)).toEqual(['ENOMEM', 'ENOMEM'])
    await world.seconds(1)
    expect(world.reports.at(-1)).toMatchObject({
      failures: [],
      problem: expect.stringContaining('memory'),
    })
    isBroken = false
    await world.seconds(1)
    expect(world.reports.at(-1)?.problem).toBeUndefined()
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5 })
  })

  it('goes on reporting the last table it could read while it cannot read', async () => {
    const memory = createMemoryTable()
    let isReadable = true
    const table: IpvsTable = {
      ...memory,
      read: () => (isReadable ? memory.read() : Promise.reject(new Error('netlink is gone'))),
    }
    await world.start(table)
    await world.want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    isReadable = false
    await world.seconds(1)
    expect(world.reports.at(-1)).toMatchObject({
      problem: 'netlink is gone',
      services: [{ servers: [{ weight: 5 }] }],
    })
    isReadable = true
    await world.seconds(1)
    expect(world.reports.at(-1)?.problem).toBeUndefined()
  })

  it('claims a generation only when it has applied it', async () => {
    const memory = createMemoryTable()
    let release = () => {}
    const table: IpvsTable = {
      ...memory,
      async apply(changes) {
        await new Promise<void>((resolve) => {
          release = resolve
        })
        return memory.apply(changes)
      },
    }
    await world.start(table)
    await world.want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    expect(world.reports.map(({ generation }) => generation)).toEqual([0])
    release()
    await world.pause()
    expect(world.reports.at(-1)?.generation).toBe(1)
  })

  it('removes a service that is no longer wanted, and never one that it did not put there', async () => {
    const table = createMemoryTable([web({ '10.0.0.9': 1 }, 8443)])
    await world.start(table)
    await world.want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    await world.want({ epoch: 1, generation: 2, services: [] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.9': 1 })
  })

  it('keeps its table when it stops, and clears what is its own when told to', async () => {
    const table = createMemoryTable([web({ '10.0.0.9': 1 }, 8443)])
    const keeping = await world.start(table)
    await world.want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    await keeping.stop()
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5, '10.0.0.9': 1 })
    const clearing = await world.start(table, { clearOnExit: true })
    await clearing.stop()
    expect(await weightsIn(table)).toEqual({ '10.0.0.9': 1 })
  })
})
