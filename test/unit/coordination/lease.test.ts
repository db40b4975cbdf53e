import { describe, expect, test } from 'vitest'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import { createLease } from '../../../services/shared/coordination/lease.ts'
import type { Bus, KeyValue } from '../../../services/shared/ports/bus.ts'
import { ServiceError } from '../../../services/shared/runtime/service-error.ts'
import { createManualClock } from '../../support/manual-clock.ts'

/**
 * How one process reaches the bucket: well, not at all, without ever an answer, or with effect but
 * without an answer.
 */
type Link = 'up' | 'down' | 'hung' | 'mute'

function setUp() {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const told: string[] = []

  function claim(holder: string) {
    const link: { state: Link } = { state: 'up' }
    const lease = createLease(
      {
        cluster: 'shop',
        key: 'controller',
        holder,
        onTaken: (epoch) => told.push(`${clock.monotonic()} ${holder} takes ${epoch}`),
        onLost: (why) => told.push(`${clock.monotonic()} ${holder} loses: ${why}`),
      },
      { bus: faulty(bus, link), clock },
    )
    return { lease, link }
  }

  return { clock, told, claim }
}

/** A bus whose buckets can be cut off. */
function faulty(bus: Bus, link: { readonly state: Link }): Bus {
  function pass<Result>(work: () => Promise<Result>): Promise<Result> {
    if (link.state === 'hung') return new Promise(() => undefined)
    if (link.state === 'up') return work()
    if (link.state === 'mute') return work().then(() => new Promise(() => undefined))
    return Promise.reject(new ServiceError('bus.timeout', 'no answer', { retryable: true }))
  }
  return {
    ...bus,
    async keyValue(name, options) {
      const bucket = await bus.keyValue(name, options)
      const cut: KeyValue = {
        ...bucket,
        get: (key) => pass(() => bucket.get(key)),
        put: (key, value, expected) => pass(() => bucket.put(key, value, expected)),
        delete: (key, expected) => pass(() => bucket.delete(key, expected)),
      }
      return cut
    },
  }
}

describe('a lease', () => {
  test('is taken at once by the first, and by nobody else', async () => {
    const { claim, told, clock } = setUp()
    const a = claim('a').lease
    const b = claim('b').lease
    await a.start()
    await b.start()
    expect(a.epoch()).toBe(1)
    await clock.advance(60_000)
    expect(told).toEqual(['0 a takes 1'])
    expect(a.epoch()).toBe(1)
    expect(b.epoch()).toBeUndefined()
  })

  test('passes to one other within 4 seconds when its holder is gone, with a higher epoch', async () => {
    const { claim, told, clock } = setUp()
    const a = claim('a')
    const others = [claim('b').lease, claim('c').lease]
    await a.lease.start()
    for (const other of others) await other.start()
    await clock.advance(10_300)
    a.link.state = 'hung'
    await clock.advance(4000)
    const epochs = others.map((other) => other.epoch()).filter((epoch) => epoch !== undefined)
    expect(epochs).toHaveLength(1)
    expect(epochs[0]).toBeGreaterThan(a.lease.epoch() ?? 1)
    expect(told).toHaveLength(3)
  })

  test('is given up in time by a holder that cannot renew, before anybody can take it', async () => {
    const { claim, told, clock } = setUp()
    const a = claim('a')
    const b = claim('b').lease
    await a.lease.start()
    await b.start()
    await clock.advance(5000)
    a.link.state = 'down'
    while (b.epoch() === undefined) {
      await clock.advance(50)
      if (b.epoch() !== undefined) expect(a.lease.epoch()).toBeUndefined()
    }
    const times = told.slice(1).map((line) => Number(line.split(' ')[0]))
    expect(told[1]).toContain('a loses: not renewed in time')
    expect(told[2]).toContain('b takes')
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(400)
  })

  test('is not brought back by a holder that comes late', async () => {
    const { claim, clock } = setUp()
    const a = claim('a')
    const b = claim('b').lease
    await a.lease.start()
    await b.start()
    a.link.state = 'hung'
    await clock.advance(5000)
    const epoch = b.epoch()
    expect(epoch).toBeGreaterThan(1)
    a.link.state = 'up'
    await clock.advance(30_000)
    expect(a.lease.epoch()).toBeUndefined()
    expect(b.epoch()).toBe(epoch)
  })

  test('is held over an outage that is shorter than it lasts', async () => {
    const { claim, told, clock } = setUp()
    const a = claim('a')
    await a.lease.start()
    await clock.advance(5000)
    a.link.state = 'down'
    await clock.advance(1400)
    a.link.state = 'up'
    await clock.advance(10_000)
    expect(told).toEqual(['0 a takes 1'])
    expect(a.lease.epoch()).toBe(1)
  })

  test('is taken anew, with a new epoch, after an outage that nobody else used', async () => {
    const { claim, told, clock } = setUp()
    const a = claim('a')
    await a.lease.start()
    await clock.advance(5000)
    a.link.state = 'down'
    await clock.advance(60_000)
    expect(a.lease.epoch()).toBeUndefined()
    a.link.state = 'up'
    await clock.advance(1000)
    expect(a.lease.epoch()).toBeGreaterThan(1)
    expect(told.map((line) => line.split(' ')[2]?.replace(':', ''))).toEqual([
      'takes',
      'loses',
      'takes',
    ])
  })

  test('goes on when the answer to a renewal was lost but the renewal was not', async () => {
    const { claim, told, clock } = setUp()
    const bus = claim('a')
    await bus.lease.start()
    await clock.advance(2500)
    const { lease } = bus
    bus.link.state = 'mute'
    await clock.advance(600)
    bus.link.state = 'up'
    await clock.advance(5000)
    expect(told).toEqual(['0 a takes 1'])
    expect(lease.epoch()).toBe(1)
  })

  test('passes at once when its holder stops', async () => {
    const { claim, told, clock } = setUp()
    const a = claim('a').lease
    const b = claim('b').lease
    await a.start()
    await b.start()
    await clock.advance(5200)
    const stopping = a.stop()
    expect(a.epoch()).toBeUndefined()
    await stopping
    await clock.advance(0)
    await clock.advance(0)
    expect(told.at(-1)).toMatch(/^5200 b takes/)
  })

  test('is taken back at once by a process that starts again under its name', async () => {
    const { claim, clock } = setUp()
    const before = claim('a')
    await before.lease.start()
    await clock.advance(5000)
    before.link.state = 'hung'
    await clock.advance(300)
    const again = claim('a').lease
    await again.start()
    expect(again.epoch()).toBeGreaterThan(1)
    before.link.state = 'up'
    await clock.advance(20_000)
    expect(before.lease.epoch()).toBeUndefined()
    expect(again.epoch()).toBeDefined()
  })

  test('stops in bounded time when nobody answers', async () => {
    const { claim, clock } = setUp()
    const a = claim('a')
    await a.lease.start()
    a.link.state = 'hung'
    let isStopped = false
    a.lease.stop().then(() => {
      isStopped = true
    })
    await clock.advance(2500)
    expect(isStopped).toBe(true)
    expect(clock.pending()).toBe(0)
  })

  test('is waited for when the bus is away at the start', async () => {
    const { claim, clock } = setUp()
    const a = claim('a')
    a.link.state = 'hung'
    const starting = a.lease.start()
    await clock.advance(1500)
    await starting
    expect(a.lease.epoch()).toBeUndefined()
    a.link.state = 'up'
    await clock.advance(1500)
    expect(a.lease.epoch()).toBeDefined()
  })
})
