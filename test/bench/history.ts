import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as afterOthers, setTimeout as sleep } from 'node:timers/promises'
import { createControllerCore } from '../../services/controller/core/controller-core.ts'
import { openInfluxHistory } from '../../services/shared/adapters/influx/influx-history.ts'
import { createMemoryBus, type MemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import { decodeObservations } from '../../services/shared/wire/observation-frame.ts'
import { buildReport } from '../support/cluster-builder.ts'
import { startInflux } from '../support/influx-server.ts'
import type { Bench, Measure } from './bench.ts'
import { buildServices, FAIL, FRAMES, frameOf, PROBES, startHistorian } from './history-cluster.ts'
import { measureLocalHistory } from './history-local.ts'
import { median } from './median.ts'

const FRAME = 100
const SECONDS = 10
const PER_SECOND = 20_000
const LATENCY_ROUNDS = 200
const ROUND_MS = 20
const MOST_RATIO = 1.5

/** What history costs, and that nobody else pays for it. */
export const bench: Bench = {
  name: 'history',
  summary: 'points through the historian, the controller beside it, local files and their charts',
  async run() {
    return [
      ...(await measureThroughput()),
      ...(await measureLatency()),
      ...(await measureLocalHistory()),
    ]
  },
}

/** Frames at 20,000 observations a second for ten seconds, into a real InfluxDB. */
async function measureThroughput(): Promise<readonly Measure[]> {
  const influx = await startInflux()
  const dir = mkdtempSync(join(tmpdir(), 'warden-bench-'))
  const services = buildServices()
  const bus = createMemoryBus()
  const history = openInfluxHistory(target(influx.url, dir), createSystemClock())
  const historian = await startHistorian(bus, services, history)
  try {
    const before = process.cpuUsage()
    const startedMs = performance.now()
    const begin = Date.now()
    let sent = 0
    let ownUs = 0
    while (sent < SECONDS * PER_SECOND) {
      const due = Math.min(
        SECONDS * PER_SECOND,
        ((performance.now() - startedMs) / 1000) * PER_SECOND,
      )
      while (sent < due) {
        const making = process.cpuUsage()
        // Each run of a check has a moment of its own, however late this comes to it.
        const frame = frameOf(services, sent, FRAME, undefined, begin + Math.floor(sent / PROBES))
        ownUs += spentUs(making)
        bus.publish(FRAMES, frame)
        sent += FRAME
        if (sent % PROBES === 0) await afterOthers()
      }
      await sleep(5)
    }
    await bus.settled()
    while (history.statistics().waiting > 0) await sleep(20)
    const cpuUs = spentUs(before) - ownUs
    const reply = await influx.query('SELECT count("passed") FROM "raw"."check"', 'bench')
    const stored = Number(reply.results[0]?.series?.[0]?.values[0]?.[1] ?? 0)
    const perCore = (sent / cpuUs) * 1e6
    return [
      {
        what: `points a second of processor time, at ${PER_SECOND} a second`,
        value: perCore,
        unit: 'points',
        goal: `at least ${PER_SECOND}`,
        met: perCore >= PER_SECOND,
      },
      {
        what: `points lost of ${sent}`,
        value: sent - stored,
        unit: 'points',
        goal: 'none',
        met: stored === sent,
      },
    ]
  } finally {
    await historian.stop()
    await influx.dispose()
    rmSync(dir, { recursive: true, force: true })
  }
}

/**
 * A controller and a historian in one process: from a failing observation to the table that answers
 * it, with InfluxDB well, silent, and gone.
 */
async function measureLatency(): Promise<readonly Measure[]> {
  const influx = await startInflux()
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const bound = silent.address()
  const silentUrl = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`
  try {
    const alone = await latencyWith(undefined)
    const up = await latencyWith(influx.url)
    const slow = await latencyWith(silentUrl)
    const gone = await latencyWith('http://127.0.0.1:9')
    const against = (what: string, value: number): Measure => ({
      what: `verdict to table, ${what}`,
      value,
      unit: 'ms (median)',
      ratioTo: 'InfluxDB up',
      ratio: value / up,
      goal: `at most ${MOST_RATIO}`,
      met: value / up <= MOST_RATIO,
    })
    return [
      { what: 'verdict to table, no history', value: alone, unit: 'ms (median)' },
      { what: 'verdict to table, InfluxDB up', value: up, unit: 'ms (median)' },
      against('InfluxDB silent', slow),
      against('InfluxDB gone', gone),
    ]
  } finally {
    silent.close()
    await influx.dispose()
  }
}

async function latencyWith(url: string | undefined): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'warden-bench-'))
  const services = buildServices()
  const bus = createMemoryBus()
  const published = listenAsController(bus, services)
  const history =
    url === undefined ? undefined : openInfluxHistory(target(url, dir), createSystemClock())
  const historian = history && (await startHistorian(bus, services, history))
  const took: number[] = []
  try {
    for (let round = 0; round < LATENCY_ROUNDS; round++) {
      bus.publish(FRAMES, frameOf(services, round * FRAME, FRAME))
      await sleep(ROUND_MS)
      const frame = frameOf(services, round, FRAME, FAIL)
      const sentMs = performance.now()
      bus.publish(FRAMES, frame)
      took.push((await published.next()) - sentMs)
    }
  } finally {
    await historian?.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  return median(took)
}

/** The controller's core on the bus; `next` is when it next publishes a table. */
function listenAsController(bus: MemoryBus, services: ReturnType<typeof buildServices>) {
  const core = createControllerCore()
  const at = Date.now()
  core.handle({ type: 'overrides-loaded', at, overrides: [] })
  core.handle({ type: 'config-changed', at, cluster: { name: 'bench', virtualServices: services } })
  core.handle({ type: 'director-reported', at, report: buildReport({ at }) })
  core.handle({ type: 'observed', at, ...decodeObservations(frameOf(services, 0, 1000)) })
  let tell: (atMs: number) => void = () => undefined
  bus.subscribe(FRAMES, (payload) => {
    const commands = core.handle({
      type: 'observed',
      at: Date.now(),
      ...decodeObservations(payload),
    })
    if (commands.some(({ type }) => type === 'publish-table')) tell(performance.now())
  })
  return {
    next: () =>
      new Promise<number>((resolve) => {
        tell = resolve
      }),
  }
}

function target(url: string, stateDir: string): Parameters<typeof openInfluxHistory>[0] {
  return { url, database: 'bench', stateDir }
}

function spentUs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}
