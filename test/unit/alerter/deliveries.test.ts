import { afterEach, expect, test } from 'vitest'
import type { Deliveries } from '../../../services/alerter/deliveries.ts'
import { createDeliveries } from '../../../services/alerter/delivery/create-deliveries.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import type { ChannelSettings } from '../../../services/shared/domain/channel.ts'
import type { Notifier, SendResult } from '../../../services/shared/ports/notifier.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import { createMetrics } from '../../../services/shared/runtime/metrics.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { notificationOf } from '../../support/notification.ts'

const OK: SendResult = { outcome: 'delivered' }
const LATER: SendResult = { outcome: 'failed', reason: 'busy', isPermanent: false }
const NEVER: SendResult = { outcome: 'failed', reason: 'no such address', isPermanent: true }
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const running: Deliveries[] = []

afterEach(async () => {
  for (const deliveries of running.splice(0)) await deliveries.stop()
})

function channelCalled(topic: string): ChannelSettings {
  return { type: 'ntfy', server: 'http://127.0.0.1:9', topic, timeoutMs: 10_000 }
}

/** A bucket, a clock, and channels that answer as a test says. */
function createWorld() {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const metrics = createMetrics()
  const told: string[] = []
  const attempts: string[] = []
  const ended: string[] = []
  /** What a channel answers, one after the other; the last stays. */
  const answers = new Map<string, (SendResult | Promise<SendResult>)[]>()
  const world = {
    clock,
    metrics,
    told,
    attempts,
    ended,
    answers,
    mayAct: true,
    isIdempotent: false,
    open(settings: ChannelSettings): Notifier {
      const channel = settings.type === 'ntfy' ? settings.topic : ''
      return {
        isIdempotent: world.isIdempotent,
        async send({ dedupKey }) {
          attempts.push(`${channel} ${dedupKey}`)
          const list = answers.get(channel) ?? [OK]
          const [next = OK] = list
          if (list.length > 1) list.shift()
          const result = await next
          if (result.outcome === 'delivered') told.push(`${channel} ${dedupKey}`)
          return result
        },
        close: () => undefined,
      }
    },
    async start(channels: readonly string[] = ['ops'], name = 'a'): Promise<Deliveries> {
      const deliveries = await createDeliveries(
        {
          cluster: 'shop',
          name,
          bus,
          clock,
          logger: silentLogger,
          metrics,
          openChannel: world.open,
          mayAct: () => world.mayAct,
        },
        {
          ended: (event) => {
            ended.push(`${event.type} ${event.order.notification.dedupKey}`)
          },
        },
      )
      running.push(deliveries)
      deliveries.configure(new Map(channels.map((one) => [one, channelCalled(one)])))
      await world.pass(0)
      await deliveries.start()
      await world.pass(0)
      return deliveries
    },
    async pass(ms: number): Promise<void> {
      for (let step = 0; step < 20; step++) {
        await bus.settled()
        await clock.advance(ms / 20)
      }
      await bus.settled()
    },
  }
  return world
}

const order = (dedupKey: string, { channel = 'ops', thread = dedupKey } = {}) => ({
  channel,
  notification: notificationOf({ dedupKey, threadKey: thread }),
})

test('an order is told once, however often it is taken, over restarts too', async () => {
  const world = createWorld()
  const first = await world.start()
  await first.take([order('1'), order('1')])
  await first.take([order('1')])
  await world.pass(1000)
  await first.stop()
  const second = await world.start(['ops'], 'b')
  await second.take([order('1'), order('2')])
  await world.pass(1000)
  expect(world.told).toEqual(['ops 1', 'ops 2'])
})

test('what fails is tried again, later each time, until it is told', async () => {
  const world = createWorld()
  world.answers.set('ops', [LATER, LATER, LATER, OK])
  const deliveries = await world.start()
  await deliveries.take([order('1')])
  await world.pass(500)
  expect(world.attempts).toHaveLength(1)
  await world.pass(2000)
  expect(world.attempts).toHaveLength(2)
  await world.pass(400)
  expect(world.attempts).toHaveLength(2)
  await world.pass(20_000)
  expect(world.told).toEqual(['ops 1'])
  expect(deliveries.deadLetters()).toEqual([])
})

test('a receiver that asks for time is left alone by all orders of its channel', async () => {
  const world = createWorld()
  world.answers.set('ops', [{ ...LATER, retryAfterMs: 10 * MINUTE_MS }, OK])
  const deliveries = await world.start()
  await deliveries.take([order('1'), order('2')])
  await world.pass(9 * MINUTE_MS)
  expect(world.attempts).toEqual(['ops 1'])
  await world.pass(2 * MINUTE_MS)
  expect(world.told).toEqual(['ops 1', 'ops 2'])
})

test('what is of no use is not tried again, and stands in the dead-letter list', async () => {
  const world = createWorld()
  world.answers.set('ops', [NEVER])
  const deliveries = await world.start()
  await deliveries.take([order('1')])
  await world.pass(HOUR_MS)
  expect(world.attempts).toHaveLength(1)
  expect(deliveries.deadLetters()).toMatchObject([
    { channel: 'ops', dedupKey: '1', reason: 'no such address', attempts: 1, isUncertain: false },
  ])
  expect(world.ended).toEqual(['given-up 1'])
})

test('what cannot be told for a day is given up', async () => {
  const world = createWorld()
  world.answers.set('ops', [LATER])
  const deliveries = await world.start()
  await deliveries.take([order('1')])
  for (let hour = 0; hour < 25; hour++) await world.pass(HOUR_MS)
  expect(deliveries.deadLetters()).toMatchObject([{ reason: 'not told in 24 hours' }])
  const before = world.attempts.length
  expect(before).toBeGreaterThan(20)
  await world.pass(HOUR_MS)
  expect(world.attempts).toHaveLength(before)
})

test('a channel that hangs delays no other', async () => {
  const world = createWorld()
  world.answers.set('slow', [new Promise<SendResult>(() => undefined)])
  const deliveries = await world.start(['slow', 'ops'])
  await deliveries.take([order('1', { channel: 'slow' }), order('2')])
  await world.pass(1000)
  expect(world.attempts).toEqual(['slow 1', 'ops 2'])
  expect(world.told).toEqual(['ops 2'])
  // It hangs for good: nobody waits for it.
  running.length = 0
})

test('of one incident nothing overtakes another, of others it does', async () => {
  const world = createWorld()
  world.answers.set('ops', [LATER, OK])
  const deliveries = await world.start()
  const down = order('i1/down', { thread: 'i1' })
  await deliveries.take([down, order('i1/up', { thread: 'i1' }), order('i2/down')])
  await world.pass(10_000)
  expect(world.told).toEqual(['ops i2/down', 'ops i1/down', 'ops i1/up'])
})

test('a restart goes on with what waits, and does not hurry', async () => {
  const world = createWorld()
  world.answers.set('ops', [{ ...LATER, retryAfterMs: HOUR_MS }, OK])
  const first = await world.start()
  await first.take([order('1')])
  await world.pass(1000)
  await first.stop()
  await world.start(['ops'], 'b')
  await world.pass(50 * MINUTE_MS)
  expect(world.attempts).toHaveLength(1)
  await world.pass(20 * MINUTE_MS)
  expect(world.told).toEqual(['ops 1'])
})

/** An alerter that dies in the middle of an attempt; another goes on. */
async function dieInBetween(isIdempotent: boolean) {
  const world = createWorld()
  world.isIdempotent = isIdempotent
  world.answers.set('ops', [new Promise<SendResult>(() => undefined), OK])
  const first = await world.start()
  await first.take([order('1')])
  await world.pass(1000)
  expect(world.attempts).toEqual(['ops 1'])
  running.length = 0
  const second = await world.start(['ops'], 'b')
  await world.pass(20_000)
  expect(world.attempts).toHaveLength(1)
  await world.pass(20_000)
  return { world, letters: second.deadLetters() }
}

test('where an alerter died in the middle, nobody is told twice, and it is said', async () => {
  const { world, letters } = await dieInBetween(false)
  expect(world.told).toEqual([])
  expect(letters).toMatchObject([{ dedupKey: '1', isUncertain: true, attempts: 1 }])
})

test('where the receiver drops what it knows, it is told again', async () => {
  const { world, letters } = await dieInBetween(true)
  expect(world.told).toEqual(['ops 1'])
  expect(letters).toEqual([])
})

test('without the lease nothing is told', async () => {
  const world = createWorld()
  const deliveries = await world.start()
  world.mayAct = false
  await deliveries.take([order('1')])
  await world.pass(10_000)
  expect(world.attempts).toEqual([])
  world.mayAct = true
  await world.pass(2000)
  expect(world.told).toEqual(['ops 1'])
})

test('orders of a channel that leaves the file are given up', async () => {
  const world = createWorld()
  world.answers.set('ops', [LATER])
  const deliveries = await world.start(['ops'])
  await deliveries.take([order('1')])
  await world.pass(100)
  deliveries.configure(new Map([['other', channelCalled('other')]]))
  await world.pass(1000)
  expect(deliveries.deadLetters()).toMatchObject([
    { reason: 'there is no channel ops in the cluster file any more' },
  ])
})

test('a channel with another address goes on with what waits', async () => {
  const world = createWorld()
  world.answers.set('old', [LATER])
  const deliveries = await world.start([])
  deliveries.configure(new Map([['ops', channelCalled('old')]]))
  await deliveries.take([order('1')])
  await world.pass(1000)
  deliveries.configure(new Map([['ops', channelCalled('new')]]))
  await world.pass(10_000)
  expect(world.attempts).toEqual(['old 1', 'new 1'])
})

test('too many that wait are given up, the oldest first', async () => {
  const world = createWorld()
  world.answers.set('ops', [LATER])
  const deliveries = await world.start()
  const orders = Array.from({ length: 503 }, (_, index) => order(String(index)))
  await deliveries.take(orders)
  await world.pass(100)
  const letters = deliveries.deadLetters().map(({ dedupKey }) => dedupKey)
  expect(letters).toHaveLength(3)
  expect(letters).toContain('0')
})

test('metrics count attempts, what waits and what is dead', async () => {
  const world = createWorld()
  world.answers.set('ops', [NEVER, LATER])
  const deliveries = await world.start()
  await deliveries.take([order('1'), order('2')])
  await world.pass(100)
  const { text } = await world.metrics.render()
  expect(text).toContain('lvs_warden_dead_letters{channel="ops"} 1')
  expect(text).toContain('lvs_warden_notifications_waiting{channel="ops"} 1')
  expect(text).toContain('lvs_warden_notifications_given_up_total{channel="ops"} 1')
  expect(text).toContain('lvs_warden_notification_attempts_total{channel="ops",outcome="failed"} 2')
})
