import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import type { Bus, KeyValue } from '../../../services/shared/ports/bus.ts'
import { ServiceError } from '../../../services/shared/runtime/service-error.ts'
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

const table = (weight: number) => [web({ '10.0.0.1': weight })]

/** The world's bus with buckets that can be taken away. */
function withBuckets(): { readonly bus: Bus; areThere: boolean } {
  const away = () => Promise.reject(new ServiceError('bus.timeout', 'no answer'))
  const state = {
    areThere: true,
    bus: {
      ...world.bus,
      async keyValue(bucket: string): Promise<KeyValue> {
        if (!state.areThere) return away()
        const real = await world.bus.keyValue(bucket)
        return { ...real, put: (...args) => (state.areThere ? real.put(...args) : away()) }
      },
    },
  }
  return state
}

describe('a director whose agent starts again', () => {
  it('still refuses what is older than the former life has seen', async () => {
    const kernel = createMemoryTable()
    const before = await world.start(kernel)
    await world.want({ epoch: 9, generation: 4, services: table(5) })
    await before.stop()
    await world.start(kernel)
    await world.want({ epoch: 5, generation: 80, services: table(1) })
    await world.want({ epoch: 9, generation: 3, services: table(2) })
    expect(await weightsIn(kernel)).toEqual({ '10.0.0.1': 5 })
    expect(world.log.filter(([, message]) => message === 'older table refused')).toHaveLength(2)
  })

  it('takes the very table again that it had: an empty kernel is whole at once', async () => {
    const before = await world.start(createMemoryTable())
    await world.want({ epoch: 9, generation: 4, services: table(5) })
    await before.stop()
    const rebooted = createMemoryTable()
    await world.start(rebooted)
    await world.bus.settled()
    expect(world.reports.at(-1)).toMatchObject({ epoch: 0, generation: 0, services: [] })
    await world.want({ epoch: 9, generation: 4, services: table(5) })
    expect(await weightsIn(rebooted)).toEqual({ '10.0.0.1': 5 })
  })

  it('remembers what it saw when it is killed, a second later at most', async () => {
    const kernel = createMemoryTable()
    await world.start(kernel)
    await world.want({ epoch: 9, generation: 1, services: table(5) })
    await world.want({ epoch: 9, generation: 2, services: table(6) })
    await world.seconds(1)
    // The first one goes on: it never knows that there is a second life.
    const second = createMemoryTable()
    await world.start(second)
    await world.want({ epoch: 9, generation: 1, services: table(1) })
    expect(await weightsIn(second)).toEqual({})
  })

  it('removes what the former life had put there and nobody wants any more', async () => {
    const kernel = createMemoryTable()
    const before = await world.start(kernel)
    await world.want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 }, 8080)] })
    await before.stop()
    await world.start(kernel)
    await world.want({ epoch: 2, generation: 1, services: table(5) })
    expect((await kernel.read()).map(({ address }) => address)).toMatchObject([{ port: 80 }])
  })
})

describe('a director whose bus is away', () => {
  it('starts, keeps the table as it is, and repairs nothing of which it does not know', async () => {
    const buckets = withBuckets()
    buckets.areThere = false
    const kernel = createMemoryTable(table(7))
    const starting = world.start(kernel, { bus: buckets.bus })
    await world.seconds(2)
    await starting
    await kernel.apply([
      {
        type: 'edit-server',
        service: web({}).address,
        server: { ...row(), weight: 3 },
      },
    ])
    await world.seconds(30)
    expect(await weightsIn(kernel)).toEqual({ '10.0.0.1': 3 })
  })

  it('takes a table without its memory after two seconds, and finds the memory later', async () => {
    const kernel = createMemoryTable()
    const former = await world.start(kernel)
    await world.want({ epoch: 9, generation: 4, services: [...table(5), web({}, 8080)] })
    await former.stop()
    const buckets = withBuckets()
    buckets.areThere = false
    const starting = world.start(kernel, { bus: buckets.bus })
    await world.seconds(2)
    await starting
    await world.want({ epoch: 9, generation: 5, services: table(6) })
    expect(await weightsIn(kernel)).toEqual({ '10.0.0.1': 6 })
    // Not known to be its own yet, so it is left alone.
    expect(await kernel.read()).toHaveLength(2)
    buckets.areThere = true
    await world.seconds(3)
    expect(await kernel.read()).toHaveLength(1)
  })

  it('tries until what it remembers is written', async () => {
    const buckets = withBuckets()
    const kernel = createMemoryTable()
    await world.start(kernel, { bus: buckets.bus })
    buckets.areThere = false
    await world.want({ epoch: 9, generation: 4, services: table(5) })
    await world.seconds(3)
    buckets.areThere = true
    await world.seconds(2)
    const bucket = await world.bus.keyValue('shop-directors')
    const stored = await bucket.get('lb1.seen')
    expect(JSON.parse(new TextDecoder().decode(stored?.value))).toEqual({ epoch: 9, generation: 4 })
  })
})

describe('a director that hears nobody lead', () => {
  it('keeps and repairs its table, says so in its report, when asked whether it is ready, and once in the log', async () => {
    const kernel = createMemoryTable()
    await world.start(kernel)
    const since = world.clock.now()
    await world.want({ epoch: 1, generation: 1, services: table(5) })
    await world.lead('a', 1)
    await world.seconds(4)
    expect(world.reports.at(-1)?.unmanagedSince).toBeUndefined()
    expect(world.readiness.states()).toEqual([{ part: 'table' }, { part: 'controller' }])
    await world.seconds(3)
    expect(world.reports.at(-1)?.unmanagedSince).toBe(since)
    await kernel.apply([{ type: 'remove-service', service: web({}).address }])
    await world.seconds(2)
    expect(await weightsIn(kernel)).toEqual({ '10.0.0.1': 5 })
    const why =
      'unmanaged since 2030-01-01T00:00:00.000Z: no controller leads; the table stays as it is'
    expect(world.readiness.states()).toEqual([{ part: 'table' }, { part: 'controller', why }])
    expect(world.log.filter(([, message]) => message === why)).toHaveLength(1)
  })

  it('says when somebody leads again', async () => {
    await world.start(createMemoryTable())
    await world.seconds(6)
    await world.lead('a', 1)
    await world.seconds(1)
    expect(world.reports.at(-1)?.unmanagedSince).toBeUndefined()
    expect(world.log.at(-1)).toEqual(['info', 'a controller leads again', {}])
  })
})

describe('the figures of a director', () => {
  it('show what it holds, what it refused and since when nobody leads', async () => {
    await world.start(createMemoryTable(table(7)))
    await world.want({ epoch: 2, generation: 3, services: table(5) })
    await world.want({ epoch: 1, generation: 9, services: table(5) })
    await world.seconds(8)
    const { text } = await world.metrics.render()
    const figures = text.split('\n').filter((line) => line.startsWith('lvs_warden_director_'))
    expect(figures).toEqual([
      'lvs_warden_director_generation 3',
      'lvs_warden_director_unmanaged_seconds 8',
      'lvs_warden_director_problem 0',
      'lvs_warden_director_rows 1',
      'lvs_warden_director_foreign_services 0',
      'lvs_warden_director_drift_total 0',
      'lvs_warden_director_refusals_total 0',
      'lvs_warden_director_older_tables_total 1',
    ])
  })
})

describe('a director whose controllers count from the beginning', () => {
  it('refuses them for ten seconds, then asks for their table and takes it', async () => {
    const kernel = createMemoryTable()
    await world.start(kernel)
    await world.want({ epoch: 90, generation: 7, services: table(5) })
    for (let s = 0; s < 10; s++) {
      await world.lead('b', 1)
      await world.want({ epoch: 1, generation: 1, services: table(6) })
      await world.seconds(1)
    }
    expect(await weightsIn(kernel)).toEqual({ '10.0.0.1': 5 })
    expect(world.reports.at(-1)).toMatchObject({
      ...{ epoch: 90, generation: 7 },
      refusing: expect.stringContaining('controller b (epoch 1, generation 1)'),
    })
    await world.lead('b', 1)
    expect(world.reports.at(-1)).toMatchObject({ epoch: 0, generation: 0 })
    await world.want({ epoch: 1, generation: 1, services: table(6) })
    expect(await weightsIn(kernel)).toEqual({ '10.0.0.1': 6 })
    expect(world.reports.at(-1)).toMatchObject({ epoch: 1, generation: 1 })
    expect(world.reports.at(-1)?.refusing).toBeUndefined()
  })

  it('remembers the new count', async () => {
    const before = await world.start(createMemoryTable())
    await world.want({ epoch: 90, generation: 7, services: table(5) })
    for (let s = 0; s < 11; s++) {
      await world.lead('b', 1)
      await world.seconds(1)
    }
    await before.stop()
    const kernel = createMemoryTable()
    await world.start(kernel)
    await world.want({ epoch: 1, generation: 1, services: table(6) })
    expect(await weightsIn(kernel)).toEqual({ '10.0.0.1': 6 })
  })
})

function row() {
  const [first] = web({ '10.0.0.1': 7 }).servers
  if (first === undefined) throw new Error('no row')
  return first
}
