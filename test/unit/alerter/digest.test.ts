import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Deliveries } from '../../../services/alerter/deliveries.ts'
import { createDeliveries } from '../../../services/alerter/delivery/create-deliveries.ts'
import { startDigests } from '../../../services/alerter/digest.ts'
import { createMemoryBus, type MemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import type { Digest } from '../../../services/shared/domain/channel.ts'
import type {
  Notification,
  NotificationCause,
} from '../../../services/shared/domain/notification.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import { api } from '../../../services/shared/wire/api.ts'
import type { ReportRequest } from '../../../services/shared/wire/report-api.ts'
import { apiSubject } from '../../../services/shared/wire/subjects.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'

const MINUTE_MS = 60_000
/** Half past seven in Berlin, on a Monday. */
const MONDAY = Date.UTC(2030, 0, 7, 6, 30)
const DIGEST: Digest = { cron: '0 8 * * 1', timeZone: 'Europe/Berlin', channel: 'ops' }
let clock: ManualClock
let bus: MemoryBus
let told: Notification[]
let asked: ReportRequest[]
const stops: (() => Promise<void>)[] = []

beforeEach(() => {
  clock = createManualClock(MONDAY)
  bus = createMemoryBus({ clock })
  told = []
  asked = []
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
  await bus.close()
})

async function start(name: string, standing: readonly NotificationCause[] = [], digest = DIGEST) {
  const deliveries: Deliveries = await createDeliveries(
    {
      ...{ cluster: 'shop', name, bus, clock, logger: silentLogger, mayAct: () => true },
      openChannel: () => ({
        isIdempotent: false,
        send: async (notification) => {
          told.push(notification)
          return { outcome: 'delivered' }
        },
        close: () => undefined,
      }),
    },
    { ended: () => undefined },
  )
  await deliveries.start()
  const channel = { type: 'ntfy', server: 'http://127.0.0.1:9', topic: 'x', timeoutMs: 1 } as const
  deliveries.configure(new Map([['ops', channel]]))
  const parts = { cluster: 'shop', bus, clock, logger: silentLogger, deliveries }
  const close = startDigests({ ...parts, digest: () => digest, standing: () => standing })
  async function stop(): Promise<void> {
    close()
    await deliveries.stop()
  }
  stops.push(stop)
  return { stop }
}

async function pass(ms: number): Promise<void> {
  for (let step = 0; step < 60; step++) {
    await bus.settled()
    await clock.advance(ms / 60)
  }
  await bus.settled()
}

function answerReports(): void {
  bus.reply(apiSubject('shop', 'report'), (payload) => {
    const request = api.report.request.decode(payload)
    asked.push(request)
    const web2 = { name: 'web2', downMs: 3_600_000, maintenanceMs: 0, outages: 1 }
    const web = { name: 'web', availability: 1, downMs: 0, maintenanceMs: 0, outages: 0 }
    const services = [{ ...web, servers: [{ ...web2, availability: 0.99 }] }]
    const recordedFromMs = request.fromMs
    return api.report.response.encode({ cluster: 'shop', ...request, recordedFromMs, services })
  })
}

test('a digest is sent at its time, about the time since the last one', async () => {
  answerReports()
  await start('a')
  await pass(29 * MINUTE_MS)
  expect(told).toEqual([])
  await pass(5 * MINUTE_MS)
  const at = Date.UTC(2030, 0, 7, 7)
  expect(asked).toEqual([{ fromMs: at - 7 * 86_400_000, toMs: at }])
  expect(told).toMatchObject([
    { kind: 'digest', subject: 'digest: web/web2 99.000 % available', at, severity: 'info' },
  ])
  expect(told[0]?.text).toContain('Nothing is wrong now.')
  expect(told[0]?.text).toContain('2030-01-07 08:00 Europe/Berlin')
})

test('one alerter after another, and clocks that are put back, send it once', async () => {
  answerReports()
  const first = await start('a')
  await pass(35 * MINUTE_MS)
  await first.stop()
  await start('b')
  await pass(20 * MINUTE_MS)
  clock.jump(-30 * MINUTE_MS)
  await pass(40 * MINUTE_MS)
  expect(told).toHaveLength(1)
})

test('an alerter that comes a little late sends it, one that comes much later does not', async () => {
  answerReports()
  clock.jump(80 * MINUTE_MS)
  const first = await start('a')
  await pass(5 * MINUTE_MS)
  expect(told).toHaveLength(1)
  await first.stop()
  clock.jump(7 * 86_400_000 + 60 * MINUTE_MS)
  await start('b')
  await pass(5 * MINUTE_MS)
  expect(told).toHaveLength(1)
})

test('what is wrong now comes first, and a historian that is away is said', async () => {
  const since = MONDAY
  const message = 'web/web1 is down'
  await start('a', [{ key: 'down/web/web1', severity: 'critical', message, since }])
  await pass(35 * MINUTE_MS)
  expect(told).toMatchObject([{ subject: 'digest: 1 thing wrong now, no report' }])
  expect(told[0]?.text).toContain('- critical: web/web1 is down, since 2030-01-07 07:30')
  expect(told[0]?.text).toContain('no historian has answered')
})
