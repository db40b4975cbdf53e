import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import { Adversary } from '../support/simulation/adversary.ts'
import { CALM } from '../support/simulation/network.ts'
import { busContract } from './bus-contract.ts'

/** The bus that simulations stand on is a bus: only what an adversary does makes it a bad one. */
busContract('adversary that does nothing', async () => {
  const adversary = new Adversary({ seed: 1, clock: createSystemClock() })
  adversary.setFaults({ ...CALM, minDelayMs: 0, maxDelayMs: 1 })
  const { bus } = adversary.join('one')
  return {
    bus,
    async settled() {
      do {
        await new Promise((resolve) => setTimeout(resolve, 2))
      } while (adversary.network.underWay() > 0)
    },
    dispose: () => bus.close(),
  }
})
