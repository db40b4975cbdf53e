import { expect, test } from 'vitest'
import { RebootGuard } from '../../../services/director/reboot-guard.ts'
import { createMemorySysctlStore } from '../../../services/shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import type { DesiredTable } from '../../../services/shared/domain/desired-table.ts'
import type { KeptTable } from '../../../services/shared/domain/kept-table.ts'
import type { TableStore } from '../../../services/shared/ports/table-store.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import { createDirectorWorld, webService, weightsIn } from '../../support/director-world.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const WEIGHTS = { '10.0.0.11': 100, '10.0.0.12': 0 }
const TABLE: DesiredTable = { epoch: 3, generation: 7, services: [webService(WEIGHTS)] }

/** A machine that can be rebooted, with a disk. */
function createMachine() {
  const clock = createManualClock()
  const disk: { kept?: KeptTable; isFull: boolean; writes: number } = { isFull: false, writes: 0 }
  let boot = 1
  let table = createMemoryTable()
  const sysctls = createMemorySysctlStore()
  const store: TableStore = {
    bootId: async () => `boot-${boot}`,
    load: async () => disk.kept,
    async save(kept) {
      if (disk.isFull) throw new Error('no space left on device')
      disk.writes++
      disk.kept = kept
    },
    close: async () => undefined,
  }
  return {
    clock,
    disk,
    sysctls,
    table: () => table,
    reboot() {
      boot++
      table = createMemoryTable()
    },
    async guard() {
      const open = async () => ({ table, sysctls })
      const guard = new RebootGuard({ store, open, clock, logger: silentLogger })
      await guard.start()
      return guard
    },
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A machine that held a table and was rebooted. */
async function rebooted() {
  const machine = createMachine()
  const before = await machine.guard()
  before.keep({ ...TABLE, sysctls: { expire_nodest_conn: 1 } })
  await before.stop()
  machine.reboot()
  return machine
}

test('after a reboot the table is put back when nobody leads for five seconds', async () => {
  const machine = await rebooted()
  const foreign = webService({ '10.0.0.99': 1 }, 8080)
  await machine.table().apply([{ type: 'add-service', service: foreign }])
  const guard = await machine.guard()
  await machine.clock.advance(4900)
  await settle()
  expect(await weightsIn(machine.table())).toEqual({})
  await machine.clock.advance(100)
  await settle()
  expect(await weightsIn(machine.table())).toEqual(WEIGHTS)
  expect(await machine.table().read()).toHaveLength(2)
  expect((await machine.sysctls.read()).get('expire_nodest_conn')).toBe(1)
  await guard.stop()
})

test('nothing is put back once somebody leads', async () => {
  const machine = await rebooted()
  const guard = await machine.guard()
  await machine.clock.advance(4900)
  guard.leaderHeard()
  await machine.clock.advance(60_000)
  await settle()
  expect(await machine.table().read()).toEqual([])
  await guard.stop()
})

test('nothing is put back without a reboot, or where the kernel has been set up', async () => {
  const machine = await rebooted()
  await machine.table().apply([{ type: 'add-service', service: webService({}) }])
  const guard = await machine.guard()
  await machine.clock.advance(60_000)
  await settle()
  expect(await weightsIn(machine.table())).toEqual({})
  guard.keep(TABLE)
  await guard.stop()
  await machine.table().apply([{ type: 'remove-service', service: webService({}).address }])
  const again = await machine.guard()
  await machine.clock.advance(60_000)
  await settle()
  expect(await machine.table().read()).toEqual([])
  await again.stop()
})

test('the newest table is written, once a second at most, and again when that failed', async () => {
  const { clock, disk, guard } = createMachine()
  const own = await guard()
  for (let generation = 1; generation <= 5; generation++) own.keep({ ...TABLE, generation })
  await settle()
  const { writes } = disk
  expect(writes).toBeLessThan(3)
  await clock.advance(1000)
  await settle()
  expect(disk.kept?.table.generation).toBe(5)
  disk.isFull = true
  own.keep({ ...TABLE, generation: 6 })
  await clock.advance(3000)
  await settle()
  expect(disk.kept?.table.generation).toBe(5)
  disk.isFull = false
  await clock.advance(1000)
  await settle()
  expect(disk.kept?.table.generation).toBe(6)
  await own.stop()
})

test('an agent tells what it holds, that somebody leads, and that it holds nothing more', async () => {
  const world = createDirectorWorld()
  const told: string[] = []
  const guard = {
    keep: ({ generation }: DesiredTable) => told.push(`keep ${generation}`),
    leaderHeard: () => told.push('leader'),
    forget: () => told.push('forget'),
  }
  const director = await world.start(createMemoryTable(), { clearOnExit: true, guard })
  await world.lead('c1', 3)
  await world.want(TABLE)
  expect(told).toEqual(['leader', 'keep 7'])
  await director.stop()
  expect(told.at(-1)).toBe('forget')
})
