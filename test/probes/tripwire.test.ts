import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createTripwire, type Tripwire, type TripwireClock } from '../../probes/tripwire.ts'
import { closedPort, type HostileServer, startHostileServer } from '../support/hostile-server.ts'

/** Time that stands still until it is told to pass; what is waited for comes in order. */
class TestClock implements TripwireClock {
  now = 0
  readonly waits: { delayMs: number; callback: () => void }[] = []

  monotonic(): number {
    return this.now
  }

  after(delayMs: number, callback: () => void): () => void {
    const wait = { delayMs, callback }
    this.waits.push(wait)
    return () => {
      const index = this.waits.indexOf(wait)
      if (index >= 0) this.waits.splice(index, 1)
    }
  }

  /** Lets the only wait end; returns how long it was. */
  pass(): number {
    const [wait] = this.waits.splice(0, 1)
    if (wait === undefined) throw new Error('nothing is waited for')
    this.now += wait.delayMs
    wait.callback()
    return wait.delayMs
  }
}

/** A server whose connections come out one by one. */
async function startServer() {
  const arrived: Socket[] = []
  let wake = (): void => {}
  const server = await startHostileServer((socket) => {
    socket.resume()
    socket.on('end', () => socket.end())
    arrived.push(socket)
    wake()
  })
  const next = async (): Promise<Socket> => {
    while (arrived.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return arrived.shift() as Socket
  }
  return { server, next }
}

describe('createTripwire()', () => {
  const opened: { tripwire?: Tripwire; server?: HostileServer }[] = []
  afterEach(async () => {
    for (const { tripwire, server } of opened.splice(0)) {
      tripwire?.close()
      await server?.close()
    }
  })

  async function setUp() {
    const clock = new TestClock()
    const { server, next } = await startServer()
    const trips: string[] = []
    const tripped = { wake: (): void => {} }
    const tripwire = createTripwire(server.target, {
      clock,
      onTrip(reason) {
        trips.push(reason)
        tripped.wake()
      },
    })
    opened.push({ tripwire, server })
    /** The wait that follows the end of a connection: the one for the next attempt. */
    const settled = async (isSettled: () => boolean): Promise<void> => {
      while (!isSettled()) await new Promise(setImmediate)
    }
    return { clock, server, next, trips, tripwire, settled }
  }

  test.each(['end', 'resetAndDestroy'] as const)(
    'trips at once on a connection lost by %s',
    async (way) => {
      const { clock, next, trips, settled } = await setUp()
      const socket = await next()
      await settled(() => clock.waits.length === 0)
      clock.now = 8000
      socket[way]()
      await settled(() => trips.length > 0)
      expect(trips[0]).toMatch(/^connection (closed|broke \(ECONNRESET\)) after 8000 ms$/)
      expect(clock.pass()).toBe(100)
      await next()
      expect(trips).toHaveLength(1)
    },
  )

  test('learns an idle timeout and then renews the connection without a trip', async () => {
    const { clock, next, trips, settled } = await setUp()
    for (let i = 0; i < 2; i++) {
      const socket = await next()
      await settled(() => clock.waits.length === 0)
      clock.now += 60_000
      socket.end()
      await settled(() => trips.length > i)
      clock.pass()
    }
    await next()
    await settled(() => clock.waits.length === 1 && clock.waits[0]?.delayMs === 45_000)
    clock.pass()
    clock.pass()
    await next()
    expect(trips).toHaveLength(2)
  })

  test('tries again and again, ever less often, without tripping, where nobody listens', async () => {
    const clock = new TestClock()
    const tripwire = createTripwire(await closedPort(), {
      clock,
      onTrip: () => expect.unreachable(),
    })
    opened.push({ tripwire })
    const waits: number[] = []
    for (let i = 0; i < 3; i++) {
      while (clock.waits[0]?.delayMs === 5000) await new Promise(setImmediate)
      waits.push(clock.pass())
    }
    expect(waits).toEqual([1000, 2000, 4000])
  })

  test('close() ends it: no connection, no timer, no trip', async () => {
    const { clock, server, next, trips, tripwire, settled } = await setUp()
    await next()
    tripwire.close()
    await settled(() => server.openConnections() === 0)
    expect(clock.waits).toEqual([])
    expect(trips).toEqual([])
  })
})
