import { beforeEach, expect, test } from 'vitest'
import { createController } from '../../../services/controller/controller.ts'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import { openRevisionStore } from '../../../services/shared/coordination/revision-store.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import { buildServer, buildService } from '../../support/cluster-builder.ts'
import { createDirectorWorld, type DirectorWorld, weightsIn } from '../../support/director-world.ts'

let world: DirectorWorld

/** Two real servers that nobody checks, so they are up. */
const CLUSTER = {
  name: 'shop',
  virtualServices: [
    buildService({
      realServers: [
        buildServer({ checks: [] }),
        buildServer({ name: 'web2', address: '10.0.0.12', weight: 50, checks: [] }),
      ],
    }),
  ],
}
const WHOLE = { '10.0.0.11': 100, '10.0.0.12': 50 }

beforeEach(async () => {
  world = createDirectorWorld()
  const store = await openRevisionStore(world.bus, 'shop')
  const draft = { file: 'shop.yaml', text: 'x', cluster: CLUSTER, by: 'anna', reason: '', at: 0 }
  await store.put(draft, await store.current())
})

async function startController(): Promise<void> {
  const { bus, clock } = world
  await createController(
    { cluster: 'shop', name: 'c1' },
    { bus, clock, logger: silentLogger },
  ).start()
}

test('a director that was rebooted has its table whole within three seconds of its agent', async () => {
  await startController()
  const before = await world.start(createMemoryTable())
  await world.seconds(5)
  await before.stop()
  await world.seconds(7)
  const rebooted = createMemoryTable()
  await world.start(rebooted)
  await world.seconds(3)
  expect(await weightsIn(rebooted)).toEqual(WHOLE)
})

test('a controller that counts from the beginning, as after a loss of the bus, counts on from what was seen', async () => {
  const before = await world.start(createMemoryTable())
  await world.want({ epoch: 1_000_000, generation: 9, services: [] })
  await before.stop()
  // It has seen that epoch in its former life alone.
  const kernel = createMemoryTable()
  await world.start(kernel)
  await startController()
  await world.seconds(4)
  expect(await weightsIn(kernel)).toEqual(WHOLE)
  expect(world.reports.at(-1)?.epoch).toBeGreaterThan(1_000_000)
})

test('a director that hears a controller is managed', async () => {
  await startController()
  await world.start(createMemoryTable())
  await world.seconds(20)
  expect(world.reports.at(-1)?.unmanagedSince).toBeUndefined()
  expect(world.log.filter(([level]) => level !== 'info')).toEqual([])
})
