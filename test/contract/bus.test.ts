import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { busContract } from './bus-contract.ts'

busContract('memory bus', async () => {
  const bus = createMemoryBus()
  return { bus, settled: bus.settled, dispose: bus.close }
})

busContract('memory bus with a state folder', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'lvs-warden-bus-'))
  const bus = createMemoryBus({ stateDir })
  return {
    bus,
    settled: bus.settled,
    async dispose() {
      await bus.close()
      await rm(stateDir, { recursive: true })
    },
  }
})
