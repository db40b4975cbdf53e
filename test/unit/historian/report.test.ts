import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHistorian } from '../../../services/historian/historian.ts'
import { openLocalHistory } from '../../../services/shared/adapters/local-history/local-history.ts'
import { createMemoryBus, type MemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import type { LogEvent } from '../../../services/shared/domain/log-event.ts'
import type { History } from '../../../services/shared/ports/history.ts'
import { api } from '../../../services/shared/wire/api.ts'
import { logEventMessage } from '../../../services/shared/wire/log-event-message.ts'
import { apiSubject, eventStream } from '../../../services/shared/wire/subjects.ts'
import { buildServer, buildService } from '../../support/cluster-builder.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { putRevision } from '../../support/put-revision.ts'

const DECEMBER = Date.UTC(2029, 11, 1)
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
let dir = ''
let bus: MemoryBus
let history: History
let stop: () => Promise<void>
/** The tenth of the month, three in the morning. */
const clock = createManualClock(DECEMBER + 9 * DAY_MS + 3 * HOUR_MS)

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lvs-warden-report-'))
  bus = createMemoryBus({ clock })
  const realServers = [buildServer({ name: 'web1' }), buildServer({ name: 'web2' })]
  const web = buildService({ name: 'web', realServers })
  await putRevision(bus, { name: 'test', virtualServices: [web] })
  history = await openLocalHistory({ stateDir: dir }, clock)
  const historian = createHistorian({ cluster: 'test', name: 'h1' }, { bus, clock, history })
  await historian.start()
  await bus.settled()
  stop = () => historian.stop()
})
afterEach(async () => {
  await stop()
  await bus.close()
  rmSync(dir, { recursive: true, force: true })
})

async function record(at: number, event: Partial<LogEvent>): Promise<void> {
  const log = await bus.log(eventStream('test'))
  const whole = { type: 'health', service: 'web', message: 'so it was', ...event, at } as const
  await log.append(logEventMessage.encode(whole))
  await bus.settled()
}

async function ask(request: { fromMs: number; toMs: number; service?: string }) {
  await history.flush()
  const asking = bus.request(apiSubject('test', 'report'), api.report.request.encode(request), 9000)
  const [reply] = await Promise.all([asking, clock.advance(5000)])
  return api.report.response.decode(reply)
}

const MONTH = { fromMs: DECEMBER, toMs: DECEMBER + 31 * DAY_MS }

test('a report of this month ends now and tells of each outage from the record', async () => {
  await record(DECEMBER - DAY_MS, { server: 'web1', from: 'up', to: 'down' })
  await record(DECEMBER + HOUR_MS, { server: 'web1', from: 'down', to: 'up' })
  await record(DECEMBER + DAY_MS, { type: 'operator', server: 'web2', to: 'drain', by: 'eve' })
  await record(DECEMBER + 2 * DAY_MS, { type: 'operator', server: 'web2', to: 'enable', by: 'eve' })
  const report = await ask(MONTH)
  expect(report.recordedFromMs).toBe(DECEMBER)
  expect(report.toMs).toBeLessThan(MONTH.toMs)
  const [web] = report.services
  expect(web?.servers).toMatchObject([
    { name: 'web1', downMs: HOUR_MS, outages: 1, longest: { at: DECEMBER, ms: HOUR_MS } },
    { name: 'web2', downMs: 0, maintenanceMs: DAY_MS, availability: 1 },
  ])
  expect(web).toMatchObject({ name: 'web', downMs: 0, availability: 1 })
})

test('time before the first record does not count', async () => {
  const began = DECEMBER + 8 * DAY_MS
  await record(began, { type: 'leader', to: 'c1' })
  await record(began + HOUR_MS, { server: 'web1', from: 'up', to: 'down' })
  const report = await ask(MONTH)
  expect(report.recordedFromMs).toBe(began)
  const downMs = report.toMs - began - HOUR_MS
  expect(report.services[0]?.servers[0]?.availability).toBeCloseTo(
    1 - downMs / (report.toMs - began),
    9,
  )
})

test('a time that is yet to come and a service that is not there are refused', async () => {
  await expect(ask({ fromMs: MONTH.toMs, toMs: MONTH.toMs + 1 })).rejects.toMatchObject({
    code: 'api.bad-request',
  })
  await expect(ask({ ...MONTH, service: 'wbe' })).rejects.toMatchObject({
    code: 'api.unknown-target',
    message: expect.stringContaining('did you mean web?'),
  })
})
