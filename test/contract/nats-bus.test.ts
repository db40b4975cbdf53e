import { connect } from 'nats'
import { afterAll, beforeAll, describe } from 'vitest'
import { createNatsBus } from '../../services/shared/adapters/nats-bus.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import { type NatsServer, natsSkipReason, startNatsServer } from '../support/nats-server.ts'
import { busContract } from './bus-contract.ts'

describe.skipIf(natsSkipReason !== '')(`a real nats-server${natsSkipReason}`, () => {
  let server: NatsServer

  beforeAll(async () => {
    server = await startNatsServer()
  })

  afterAll(() => server.remove())

  busContract('bus over NATS', async () => {
    const bus = await createNatsBus({
      settings: { servers: [server.url], auth: { kind: 'none' } },
      role: 'test',
      name: 'contract',
      logger: silentLogger,
      onError: () => undefined,
    })
    return {
      bus,
      settled: bus.settled,
      async dispose() {
        await bus.close()
        await deleteStreams(server)
      },
    }
  })
})

/** The next test finds no bucket and no log. */
async function deleteStreams({ url }: NatsServer): Promise<void> {
  const nc = await connect({ servers: url })
  const manager = await nc.jetstreamManager()
  for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name)
  await nc.close()
}
