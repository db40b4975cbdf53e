import { describe, expect, test } from 'vitest'
import { TableSender } from '../../../services/controller/table-sender.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import { desiredTableMessage } from '../../../services/shared/wire/table-messages.ts'
import { buildReport } from '../../support/cluster-builder.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function setUp() {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const sent: string[] = []
  bus.subscribe('lvs.shop.table.*', (payload, subject) => {
    const { epoch, generation } = desiredTableMessage.decode(payload)
    const director = subject.split('.').at(-1)
    sent.push(`${clock.monotonic()} ${director} ${epoch}.${generation}`)
  })
  const sender = new TableSender('shop', bus, clock)
  const publish = (generation: number, directors = ['lb1']) =>
    sender.publish({ epoch: 1, generation, services: [] }, directors)
  const hear = (generation: number, director = 'lb1') =>
    sender.heard(buildReport({ director, epoch: 1, generation }))
  return { clock, sent, publish, hear, sender }
}

describe('a table sender', () => {
  test('sends a change at once', async () => {
    const { clock, sent, publish } = setUp()
    publish(1, ['lb1', 'lb2'])
    await clock.advance(0)
    expect(sent).toEqual(['0 lb1 1.1', '0 lb2 1.1'])
  })

  test('sends what changed meanwhile as one table, when the director has dealt with the last', async () => {
    const { clock, sent, publish, hear } = setUp()
    publish(1)
    await clock.advance(40)
    for (let generation = 2; generation <= 1000; generation++) publish(generation)
    hear(1)
    await clock.advance(39)
    expect(sent).toEqual(['0 lb1 1.1'])
    publish(1001)
    await clock.advance(1)
    expect(sent).toEqual(['0 lb1 1.1', '80 lb1 1.1001'])
  })

  test('lets nobody wait for another director', async () => {
    const { clock, sent, publish, hear } = setUp()
    publish(1, ['lb1', 'lb2'])
    hear(1, 'lb2')
    publish(2, ['lb1', 'lb2'])
    await clock.advance(0)
    expect(sent).toEqual(['0 lb1 1.1', '0 lb2 1.1', '0 lb2 1.2'])
  })

  test('does not send a table again that is on its way', async () => {
    const { clock, sent, publish, hear } = setUp()
    publish(1)
    hear(0)
    await clock.advance(999)
    hear(0)
    await clock.advance(0)
    expect(sent).toEqual(['0 lb1 1.1'])
  })

  test('sends the newest again to a director that still reports an older one', async () => {
    const { clock, sent, publish, hear } = setUp()
    publish(1)
    publish(2)
    await clock.advance(1000)
    hear(0)
    await clock.advance(0)
    expect(sent).toEqual(['0 lb1 1.1', '1000 lb1 1.2'])
  })

  test('sends nothing to a director that holds the newest', async () => {
    const { clock, sent, publish, hear } = setUp()
    hear(0)
    publish(1)
    hear(1)
    await clock.advance(5000)
    hear(1)
    await clock.advance(5000)
    expect(sent).toEqual(['0 lb1 1.1'])
  })

  test('is quiet after its end', async () => {
    const { clock, sent, publish, hear, sender } = setUp()
    publish(1)
    await clock.advance(40)
    publish(2)
    hear(1)
    sender.close()
    await clock.advance(5000)
    expect(sent).toEqual(['0 lb1 1.1'])
    expect(clock.pending()).toBe(0)
  })
})
