import { afterEach, describe, expect, test } from 'vitest'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import { Membership } from '../../../services/shared/coordination/membership.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import { heartbeatMessage } from '../../../services/shared/wire/heartbeat-message.ts'
import { heartbeatSubject } from '../../../services/shared/wire/subjects.ts'
import { createCuttableBus } from '../../support/cuttable-bus.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const clock = createManualClock()
const bus = createMemoryBus({ clock })
const started: Membership[] = []
afterEach(() => {
  for (const membership of started.splice(0)) membership.stop()
})

interface Options {
  readonly watches?: boolean
  readonly life?: string
}

function join(name: string, { watches = false, life = 'l1' }: Options = {}) {
  const line = createCuttableBus(bus)
  const changes: number[] = []
  const errors: string[] = []
  const own = {
    vantage: 'dc1',
    tags: ['rack-b'],
    checks: 7,
    lagMs: 0,
    fit: true,
    sharesWith: [],
  }
  const membership = new Membership(
    {
      cluster: 'shop',
      name,
      life,
      ...(!watches && { describe: () => own }),
      onChange: (sinceMs) => changes.push(sinceMs),
    },
    {
      bus: line,
      clock,
      logger: { ...silentLogger, error: (_, message) => errors.push(message) },
    },
  )
  started.push(membership)
  membership.start()
  const alive = () =>
    membership.members.filter((one) => one.alive).map(({ heartbeat }) => heartbeat.prober)
  return { membership, line, changes, errors, alive }
}

describe('membership of probers', () => {
  test('all know of each other within a heartbeat, and what each says of itself', async () => {
    const [p1, p2] = [join('p1'), join('p2')]
    await clock.advance(100)
    expect(p1.alive()).toEqual(['p2'])
    expect(p2.alive()).toEqual(['p1'])
    expect(p1.membership.members[0]?.heartbeat).toMatchObject({ tags: ['rack-b'], checks: 7 })
  })

  test('who is not heard for three heartbeats is lost, not earlier', async () => {
    const [p1, p2] = [join('p1'), join('p2')]
    await clock.advance(5000)
    const before = p1.changes.length
    p2.line.cut()
    await clock.advance(2900)
    expect(p1.alive()).toEqual(['p2'])
    await clock.advance(1600)
    expect(p1.alive()).toEqual([])
    const [sinceMs = 0] = p1.changes.slice(before)
    expect(clock.monotonic() - sinceMs).toBeGreaterThan(3200)
    expect(p1.membership.members).toHaveLength(1)
    p2.line.mend()
    await clock.advance(1100)
    expect(p1.alive()).toEqual(['p2'])
  })

  test('who says goodbye is gone at once', async () => {
    const [p1, p2] = [join('p1'), join('p2')]
    await clock.advance(2000)
    p2.membership.stop()
    await clock.advance(1)
    expect(p1.membership.members).toEqual([])
    expect(p1.changes.at(-1)).toBe(clock.monotonic() - 1)
  })

  test('nobody is lost while our own heartbeat does not come back', async () => {
    const [p1, p2] = [join('p1'), join('p2')]
    await clock.advance(2000)
    p1.line.cut()
    await clock.advance(60_000)
    expect(p1.alive()).toEqual(['p2'])
    expect(p1.membership.connectedSinceMs).toBeUndefined()
    // p2 heard nothing of p1, but itself.
    expect(p2.alive()).toEqual([])
  })

  test('after that everybody has three heartbeats to be heard again', async () => {
    const [p1, p2] = [join('p1'), join('p2')]
    await clock.advance(2000)
    p1.line.cut()
    p2.line.cut()
    await clock.advance(60_000)
    p1.line.mend()
    await clock.advance(2500)
    expect(p1.alive()).toEqual(['p2'])
    p2.line.mend()
    await clock.advance(5000)
    expect(p1.alive()).toEqual(['p2'])
    expect(p2.alive()).toEqual(['p1'])
    p2.line.cut()
    await clock.advance(5000)
    expect(p1.alive()).toEqual([])
  })

  test('who only watches hears all and is heard by nobody', async () => {
    const [p1, watcher] = [join('p1'), join('c1', { watches: true })]
    await clock.advance(2000)
    expect(watcher.alive()).toEqual(['p1'])
    expect(p1.alive()).toEqual([])
    watcher.line.cut()
    await clock.advance(60_000)
    expect(watcher.alive()).toEqual(['p1'])
    expect(watcher.membership.connectedSinceMs).toBeUndefined()
  })

  test('another of our name is found out, once', async () => {
    const [p1] = [join('p1'), join('p1', { life: 'l2' })]
    await clock.advance(5000)
    expect(p1.errors).toEqual(['another prober has our name: give each its own'])
  })

  test('a clock that is off is measured; one late heartbeat does not matter', async () => {
    const p1 = join('p1')
    const say = (behindMs: number) => {
      const own = { vantage: 'dc1', tags: [], checks: 0, lagMs: 0, fit: true, sharesWith: [] }
      const at = clock.now() - behindMs
      const payload = heartbeatMessage.encode({ prober: 'p9', life: 'x', at, ...own })
      bus.publish(heartbeatSubject('shop', 'p9'), payload)
    }
    for (const behindMs of [12_000, 12_000, 15_000]) {
      say(behindMs)
      await clock.advance(1000)
    }
    expect(p1.membership.members[0]?.skewMs).toBe(12_000)
    for (let i = 0; i < 2; i++) {
      say(0)
      await clock.advance(1000)
    }
    expect(p1.membership.members[0]?.skewMs).toBe(0)
  })

  test('who has been lost for an hour is forgotten', async () => {
    const [p1, p2] = [join('p1'), join('p2')]
    await clock.advance(2000)
    p2.line.cut()
    await clock.advance(3_590_000)
    expect(p1.membership.members).toHaveLength(1)
    await clock.advance(20_000)
    expect(p1.membership.members).toEqual([])
  }, 60_000)
})
