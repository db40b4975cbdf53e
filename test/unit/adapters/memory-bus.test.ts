import { describe, expect, test } from 'vitest'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const NOTHING = new Uint8Array()

describe('the bus within a process', () => {
  test('reports what handlers throw or reject, with the subject', async () => {
    const errors: string[] = []
    const bus = createMemoryBus({
      onError: (error, where) => errors.push(`${where}: ${String(error)}`),
    })
    bus.subscribe('a', () => {
      throw new Error('thrown')
    })
    bus.subscribe('b', async () => {
      throw new Error('rejected')
    })
    bus.publish('a', NOTHING)
    bus.publish('b', NOTHING)
    await bus.settled()
    expect(errors).toEqual(['a: Error: thrown', 'b: Error: rejected'])
  })

  test('timers get their turn while handlers publish without end', async () => {
    const bus = createMemoryBus()
    let messages = 0
    let stop = () => {}
    // Armed by the first message, so that the timer has endless messages to get its turn among.
    await new Promise((resolve) => {
      stop = bus.subscribe('ping', () => {
        if (messages === 0) setTimeout(resolve, 1)
        messages++
        bus.publish('ping', NOTHING)
      })
      bus.publish('ping', NOTHING)
    })
    stop()
    await bus.settled()
    expect(messages).toBeGreaterThan(1)
  })

  test('settled waits for what handlers publish in turn, and for writes', async () => {
    const bus = createMemoryBus()
    const bucket = await bus.keyValue('overrides')
    const seen: string[] = []
    bus.subscribe('one', () => bus.publish('two', NOTHING))
    bus.subscribe('two', async () => {
      await bucket.put('web1', NOTHING)
      bus.publish('three', NOTHING)
    })
    bus.subscribe('three', () => seen.push('three'))
    bus.publish('one', NOTHING)
    await bus.settled()
    expect(seen).toEqual(['three'])
  })

  test('requests time out by the clock it was given', async () => {
    const clock = createManualClock()
    const bus = createMemoryBus({ clock })
    bus.reply('api.slow', () => new Promise(() => undefined))
    const failure = bus.request('api.slow', NOTHING, 5000).catch((error: unknown) => error)
    await clock.advance(4999)
    expect(clock.pending()).toBe(1)
    await clock.advance(1)
    expect(await failure).toMatchObject({ code: 'bus.timeout' })
  })

  test('closing ends requests under way, and later ones are refused', async () => {
    const bus = createMemoryBus()
    bus.reply('api.slow', () => new Promise(() => undefined))
    const failure = bus.request('api.slow', NOTHING, 60_000).catch((error: unknown) => error)
    await bus.close()
    await bus.close()
    expect(await failure).toMatchObject({ code: 'bus.closed' })
    await expect(bus.request('api.slow', NOTHING, 1)).rejects.toMatchObject({ code: 'bus.closed' })
    await expect(bus.keyValue('overrides')).rejects.toMatchObject({ code: 'bus.closed' })
    bus.publish('a', NOTHING)
  })

  test('a log in memory keeps the newest within its bound', async () => {
    const bus = createMemoryBus({ maxLogBytes: 100 })
    const log = await bus.log('events')
    for (let i = 0; i < 50; i++) await log.append(new Uint8Array(10))
    const kept = await log.tail(1000)
    expect(kept).toHaveLength(10)
    expect(kept.at(-1)?.sequence).toBe(50)
  })
})
