import { afterEach, expect, test } from 'vitest'
import { createAlerter } from '../../../services/alerter/alerter.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import { plainAlerting } from '../../../services/shared/domain/alerting.ts'
import type { Notification } from '../../../services/shared/domain/notification.ts'
import type { Cluster } from '../../../services/shared/domain/virtual-service.ts'
import type { SendResult } from '../../../services/shared/ports/notifier.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import type { Service } from '../../../services/shared/runtime/service.ts'
import { type ApiVerb, api } from '../../../services/shared/wire/api.ts'
import { logEventMessage } from '../../../services/shared/wire/log-event-message.ts'
import type { Status } from '../../../services/shared/wire/status.ts'
import { apiSubject } from '../../../services/shared/wire/subjects.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { putRevision } from '../../support/put-revision.ts'

const running: Service[] = []

afterEach(async () => {
  for (const service of running.splice(0)) await service.stop()
})

const CHANNEL = { type: 'webhook', url: { env: 'URL' }, timeoutMs: 1000 } as const
const CLUSTER: Cluster = {
  name: 'shop',
  virtualServices: [],
  alerting: plainAlerting({ ops: CHANNEL }),
}

/** A cluster whose controller says what a test wants, and a channel that remembers. */
async function createWorld() {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const sent: string[] = []
  const alerts: Status['alerts'] = []
  const status = (): Status => ({
    ...{ cluster: 'shop', generation: 1, at: new Date(clock.now()).toISOString() },
    ...{ directors: [], services: [], alerts },
  })
  await putRevision(bus, CLUSTER)
  bus.reply(apiSubject('shop', 'status'), () => api.status.response.encode(status()))
  const world = {
    ...{ bus, sent, alerts },
    /** What becomes of what is sent. */
    answer: async (): Promise<SendResult> => ({ outcome: 'delivered' }),
    async start(name: string): Promise<Service> {
      const send = async ({ kind, subject }: Notification) => {
        sent.push(`${kind}: ${subject}`)
        return world.answer()
      }
      const openChannel = () => ({ isIdempotent: false, send, close: () => undefined })
      const ports = { bus, clock, logger: silentLogger, openChannel }
      const service = createAlerter({ cluster: 'shop', name }, ports)
      running.push(service)
      await service.start()
      return service
    },
    raise(key: string): void {
      const since = new Date(clock.now()).toISOString()
      alerts.push({ key, severity: 'critical', message: `${key} is wrong`, since })
    },
    clear(key: string): void {
      alerts.splice(0, alerts.length, ...alerts.filter((alert) => alert.key !== key))
    },
    async ask<Request, Response>(
      verb: ApiVerb<Request, Response>,
      request: Request,
    ): Promise<Response> {
      const asked = bus.request(apiSubject('shop', verb.name), verb.request.encode(request), 5000)
      asked.catch(() => undefined)
      await world.pass(1)
      return verb.response.decode(await asked)
    },
    async pass(seconds: number): Promise<void> {
      for (let step = 0; step < 4 * seconds; step++) {
        await bus.settled()
        await clock.advance(250)
      }
      await bus.settled()
    },
    async events(): Promise<readonly string[]> {
      const tail = await (await bus.log('shop-events')).tail(100)
      return tail.map(({ payload }) => logEventMessage.decode(payload).message)
    },
  }
  return world
}

test('what a controller raises is told once, and once that it is over', async () => {
  const world = await createWorld()
  await world.start('a')
  world.raise('guard/web')
  await world.pass(30)
  world.clear('guard/web')
  await world.pass(60)
  expect(world.sent).toEqual([
    'down: CRITICAL: guard/web is wrong (#1)',
    'up: over: guard/web is wrong (#1)',
  ])
})

test('of two alerters one tells, and the other goes on where it stopped', async () => {
  const world = await createWorld()
  const first = await world.start('a')
  await world.start('b')
  world.raise('guard/web')
  await world.pass(30)
  await first.stop()
  await world.pass(30)
  world.clear('guard/web')
  await world.pass(60)
  expect(world.sent.map((text) => text.split(':')[0])).toEqual(['down', 'up'])
})

test('operators see incidents, take them on and silence others; all of it is in the log', async () => {
  const world = await createWorld()
  await world.start('a')
  world.raise('guard/web')
  await world.pass(30)
  const { incidents } = await world.ask(api.alerts, {})
  expect(incidents).toMatchObject([
    { incident: 1, state: 'open', severity: 'critical', told: [{ state: 'delivered' }] },
  ])
  const ack = { incident: 1, by: 'ada', reason: 'on it' }
  expect(await world.ask(api.ack, ack)).toMatchObject({ incident: { state: 'acknowledged' } })
  const silence = { match: { services: ['mail'] }, owner: 'ada', reason: '', forMs: 3_600_000 }
  const { silences } = await world.ask(api.silenceAdd, silence)
  expect(silences).toMatchObject([{ id: 's1', covers: 'service mail' }])
  world.raise('quorum/mail')
  await world.pass(30)
  expect(world.sent.map((text) => text.split(':')[0])).toEqual(['down', 'ack'])
  await world.ask(api.silenceRemove, { id: 's1', owner: 'ada', reason: 'done' })
  await world.pass(30)
  expect(world.sent.at(-1)).toBe('down: CRITICAL: quorum/mail is wrong (#2)')
  const events = (await world.events()).join('\n')
  expect(events).toContain('incident 1: ada acknowledges it: on it')
  expect(events).toContain('silence s1: ada wants no alerts of service mail for 1h')
  expect(events).toContain('silence s1: ada ends it: done')
})

test('an incident that is not there is refused with those that are', async () => {
  const world = await createWorld()
  await world.start('a')
  world.raise('guard/web')
  await world.pass(10)
  const wrong = world.ask(api.ack, { incident: 7, by: 'ada', reason: '' })
  await expect(wrong).rejects.toThrow('there is no incident 7; open: 1')
})

test('what is refused for good is a dead letter that operators see', async () => {
  const world = await createWorld()
  world.answer = async () => ({ outcome: 'failed', reason: 'no such room', isPermanent: true })
  await world.start('a')
  world.raise('guard/web')
  await world.pass(30)
  const { incidents, deadLetters } = await world.ask(api.alerts, {})
  expect(deadLetters).toMatchObject([{ channel: 'ops', reason: 'no such room', attempts: 1 }])
  expect(incidents).toMatchObject([{ told: [{ state: 'given-up' }] }])
})
