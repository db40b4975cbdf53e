import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Outcome } from '../../../probes/check.ts'
import { stepFor } from '../../../services/historian/answer-history.ts'
import { createHistorian } from '../../../services/historian/historian.ts'
import { createMemoryBus, type MemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import type { LogEvent } from '../../../services/shared/domain/log-event.ts'
import type { MeasurementName } from '../../../services/shared/domain/measurements.ts'
import type { Point } from '../../../services/shared/domain/point.ts'
import type { History } from '../../../services/shared/ports/history.ts'
import { ServiceError } from '../../../services/shared/runtime/service-error.ts'
import { api } from '../../../services/shared/wire/api.ts'
import { directorReportMessage } from '../../../services/shared/wire/director-report-message.ts'
import { logEventMessage } from '../../../services/shared/wire/log-event-message.ts'
import { encodeObservations } from '../../../services/shared/wire/observation-frame.ts'
import {
  apiSubject,
  bucketName,
  eventStream,
  observationsSubject,
  reportSubject,
} from '../../../services/shared/wire/subjects.ts'
import {
  buildCheck,
  buildObservation,
  buildReport,
  buildServer,
  buildService,
} from '../../support/cluster-builder.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { putRevision } from '../../support/put-revision.ts'

const PASS: Outcome = { outcome: 'pass', detail: 'HTTP 200 OK' }
const REFUSED: Outcome = {
  outcome: 'fail',
  layer: 'connect',
  code: 'connect.refused',
  detail: 'connection refused',
}

/** A history that keeps a list; its flush may be held up. */
function createListHistory(): History & { readonly points: Point[]; stuck: boolean } {
  const points: Point[] = []
  const none = async () => []
  return {
    name: 'list',
    points,
    stuck: false,
    write: (more) => {
      points.push(...more)
    },
    flush() {
      return this.stuck ? new Promise(() => undefined) : Promise.resolve()
    },
    query: none,
    events: none,
    exportPage: async () => ({ points: [] }),
    statistics: () => ({
      taken: points.length,
      written: 0,
      dropped: {},
      waiting: 0,
      diskBytes: 0,
      series: 0,
    }),
    close: async () => undefined,
  }
}

const check = buildCheck({ label: 'http' })
const server = buildServer({ name: 'web1', checks: [check] })
const web = buildService({ name: 'web', realServers: [server] })
const shop = buildService({
  name: 'shop',
  address: { type: 'fwmark', family: 4, mark: 7 },
  realServers: [server],
})

let clock: ManualClock
let bus: MemoryBus
const stops: (() => Promise<void>)[] = []

beforeEach(async () => {
  clock = createManualClock()
  bus = createMemoryBus({ clock })
  await putRevision(bus, { name: 'test', virtualServices: [web, shop] })
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
  await bus.close()
})

async function start(name = 'h1', history = createListHistory()) {
  const historian = createHistorian({ cluster: 'test', name }, { bus, clock, history })
  await historian.start()
  await bus.settled()
  stops.push(() => historian.stop())
  const of = (measurement: MeasurementName) =>
    history.points.filter((point) => point.measurement === measurement)
  return { historian, history, of }
}

async function see(outcome: Outcome, probe = check.probe): Promise<void> {
  const observations = [buildObservation(probe, outcome, clock.now())]
  const frame = encodeObservations({ prober: 'p1', vantage: 'here', observations })
  bus.publish(observationsSubject('test', 'p1'), frame)
  await bus.settled()
}

async function record(event: Partial<LogEvent>): Promise<number> {
  const log = await bus.log(eventStream('test'))
  const whole = { at: clock.now(), type: 'health', message: 'it fell', ...event } as const
  const sequence = await log.append(logEventMessage.encode(whole))
  await bus.settled()
  return sequence
}

describe('what probers see', () => {
  test('is a point for each service that needs the check', async () => {
    const { of } = await start()
    await see(PASS)
    const common = { server: 'web1', check: 'http', vantage: 'here' }
    expect(of('check').map(({ tags }) => tags)).toEqual([
      { service: 'web', ...common },
      { service: 'shop', ...common },
    ])
    expect(of('check')[0]).toMatchObject({
      at: clock.now(),
      fields: { outcome: 'pass', passed: 1, failed: 0, inconclusive: 0 },
    })
  })

  test('a failure has its code and no latency: a timeout is none', async () => {
    const { of } = await start()
    await see(REFUSED)
    const [point] = of('check')
    expect(point?.fields).toMatchObject({ outcome: 'fail', code: 'connect.refused', failed: 1 })
    expect(point?.fields).not.toHaveProperty('latency_ms')
  })

  test('a probe that no file names is not written: nobody makes series up', async () => {
    const { history } = await start()
    await see(PASS, 'unheard-of' as typeof check.probe)
    expect(history.points).toEqual([])
  })

  test('a frame that is none is refused, and the next one is heard', async () => {
    const { of } = await start()
    bus.publish(observationsSubject('test', 'p1'), new TextEncoder().encode('{nonsense'))
    await see(PASS)
    expect(of('check')).toHaveLength(2)
  })
})

describe('samples', () => {
  test('the last report of each director is written, once, under the names of the file', async () => {
    const { of } = await start()
    for (const active of [3, 5]) {
      const stats = { ...STATS, connectionRate: active }
      const row = { ...ROW, address: server.address, port: server.port }
      const counts = { active, inactive: 1, persistent: 0 }
      const report = buildReport({
        at: clock.now(),
        services: [{ ...HEAD, address: web.address, stats, servers: [{ ...row, counts, stats }] }],
      })
      bus.publish(reportSubject('test', 'lb1'), directorReportMessage.encode(report))
    }
    await clock.advance(20_000)
    const rows = of('real_server')
    expect(rows).toHaveLength(1)
    expect(rows[0]?.tags).toEqual({ service: 'web', director: 'lb1', server: 'web1' })
    expect(rows[0]?.fields).toMatchObject({ active: 5, weight: 100, connection_rate: 5 })
    expect(of('director')[0]?.fields).toMatchObject({ rows: 1, active: 5, drift: 0 })
  })

  test('what a director repaired is counted from the event log, once', async () => {
    const { of } = await start()
    const report = () =>
      bus.publish(
        reportSubject('test', 'lb1'),
        directorReportMessage.encode(buildReport({ at: clock.now() })),
      )
    await record({ type: 'drift', director: 'lb1' })
    await record({ type: 'drift', director: 'lb1' })
    report()
    await clock.advance(10_000)
    report()
    await clock.advance(10_000)
    expect(of('director').map(({ fields }) => fields['drift'])).toEqual([2, 0])
  })

  test('probers are tallied, and a window without any has none', async () => {
    const { of } = await start()
    await see(PASS)
    await see(REFUSED)
    await clock.advance(20_000)
    expect(of('prober')).toHaveLength(1)
    expect(of('prober')[0]).toMatchObject({
      tags: { prober: 'p1', vantage: 'here' },
      fields: { observations: 2, failed: 1, inconclusive: 0 },
    })
  })

  test('a controller that does not answer is a fact too', async () => {
    const { of } = await start()
    await clock.advance(10_000)
    const controller = () =>
      of('service_internal').filter(({ tags }) => tags['part'] === 'controller')
    expect(controller().at(-1)?.fields).toEqual({ reachable: 0 })
  })
})

describe('the event log', () => {
  test('is written from its beginning by the first historian', async () => {
    await record({ service: 'web', server: 'web1', from: 'up', to: 'down' })
    await record({ type: 'operator', by: 'anna', message: 'anna asked to drain web1' })
    const { of } = await start()
    expect(of('transition')).toHaveLength(1)
    expect(of('transition')[0]).toMatchObject({
      tags: { type: 'health', service: 'web', server: 'web1' },
      fields: { from: 'up', to: 'down', message: 'it fell' },
    })
    expect(of('operator_action')[0]?.fields).toMatchObject({ by: 'anna' })
  })

  test('goes on where the last historian had written it safely', async () => {
    await record({ message: 'one' })
    const first = await start('h1')
    await clock.advance(10_000)
    await first.historian.stop()
    await record({ message: 'two' })
    const second = await start('h1')
    expect(second.of('transition').map(({ fields }) => fields['message'])).toEqual(['two'])
  })

  test('is told again when it was not safe yet', async () => {
    const history = createListHistory()
    history.stuck = true
    await record({ message: 'one' })
    const first = await start('h1', history)
    await clock.advance(10_000)
    await first.historian.stop()
    const second = await start('h1')
    expect(second.of('transition').map(({ fields }) => fields['message'])).toEqual(['one'])
  })

  test('events of one millisecond are points of their own', async () => {
    const { of } = await start()
    for (let index = 0; index < 5; index++) await record({ message: `${index}` })
    expect(new Set(of('transition').map(({ at }) => at)).size).toBe(5)
  })

  test('a log that was begun anew is written from its beginning', async () => {
    const bucket = await bus.keyValue(bucketName('test', 'historian'))
    await bucket.put('sequence', new TextEncoder().encode('1000'))
    await record({ message: 'one' })
    const { of } = await start()
    expect(of('transition')).toHaveLength(1)
  })
})

describe('of several historians', () => {
  test('one writes; another takes over when it stops, and nothing is there twice', async () => {
    const first = await start('h1')
    const second = await start('h2')
    await see(PASS)
    await record({ message: 'one' })
    expect(first.of('check')).toHaveLength(2)
    expect(second.history.points).toEqual([])
    await clock.advance(10_000)
    await first.historian.stop()
    await clock.advance(5000)
    await see(REFUSED)
    await record({ message: 'two' })
    expect(second.of('check')).toHaveLength(2)
    expect(second.of('transition').map(({ fields }) => fields['message'])).toEqual(['two'])
  })

  test('who stands by answers no questions', async () => {
    await start('h1')
    await start('h2')
    const request = api.history.request.encode({ target: 'web', fromMs: 0, toMs: 1, windows: 10 })
    const reply = await bus.request(apiSubject('test', 'history'), request, 1000)
    expect(api.history.response.decode(reply).source).toBe('list')
  })
})

describe('questions about the past', () => {
  const ask = async (target: string, fromMs = 0, toMs = 3_600_000) => {
    const request = api.history.request.encode({ target, fromMs, toMs, windows: 60 })
    const reply = await bus.request(apiSubject('test', 'history'), request, 1000)
    return api.history.response.decode(reply)
  }

  test('of what the file names are answered, though there is nothing yet', async () => {
    await start()
    expect(await ask('web/web1')).toMatchObject({ stepMs: 60_000, series: [], events: [] })
  })

  test('of a name that never was are refused with the nearest one', async () => {
    await start()
    const refused = ask('web/wep1')
    await expect(refused).rejects.toMatchObject({ code: 'api.unknown-target' })
    await expect(refused).rejects.toThrow('did you mean web/web1?')
    await expect(ask('web', 5, 5)).rejects.toBeInstanceOf(ServiceError)
  })

  test('get windows that people can read off a clock', () => {
    expect(stepFor(3_600_000, 360)).toBe(10_000)
    expect(stepFor(3_600_000, 60)).toBe(60_000)
    expect(stepFor(86_400_000, 100)).toBe(900_000)
    expect(stepFor(7 * 86_400_000, 100)).toBe(7_200_000)
    expect(stepFor(730 * 86_400_000, 10)).toBe(11 * 604_800_000)
  })
})

const STATS = {
  connections: 0,
  inPackets: 0,
  outPackets: 0,
  inBytes: 0,
  outBytes: 0,
  connectionRate: 0,
  inPacketRate: 0,
  outPacketRate: 0,
  inByteRate: 0,
  outByteRate: 0,
}
const HEAD = { scheduler: 'wlc', schedulerFlags: [], onePacket: false }
const ROW = {
  forwarding: 'masquerade',
  weight: 100,
  upperThreshold: 0,
  lowerThreshold: 0,
} as const
