import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHistorian } from '../../services/historian/historian.ts'
import {
  blockMs,
  COARSE,
  DAILY,
  FINE,
  type Tier,
} from '../../services/shared/adapters/local-history/block-store.ts'
import { openLocalHistory } from '../../services/shared/adapters/local-history/local-history.ts'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { Point } from '../../services/shared/domain/point.ts'
import { api } from '../../services/shared/wire/api.ts'
import { apiSubject } from '../../services/shared/wire/subjects.ts'
import { createManualClock } from '../support/manual-clock.ts'
import type { Measure } from './bench.ts'
import { CLUSTER } from './history-cluster.ts'

/** One service: a tenth of what the goal speaks of. */
const SERVERS = 100
const WANTED_SERVERS = 1000
const DAYS = 7
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** What is lived through; the blocks of the rest are copies of its blocks. */
const LIVED_MS = 4 * HOUR_MS
const STEP_MS = 10_000
const MOST_MB = 500
const MOST_CHART_MS = 300
const CHARTS = 10
/** What a page asks for; a terminal has fewer. */
const WINDOWS = 240
const ANSWER_MS = 60_000
const END = Date.UTC(2030, 0, 8)

/** Seven days of real servers that are busy: every figure moves all the time. */
export async function measureLocalHistory(): Promise<readonly Measure[]> {
  const stateDir = mkdtempSync(join(tmpdir(), 'warden-bench-'))
  try {
    const perSecond = await live(stateDir)
    repeat(join(stateDir, 'history', FINE.name), FINE, DAY_MS)
    repeat(join(stateDir, 'history', COARSE.name), COARSE, DAYS * DAY_MS)
    await rollUpDays(stateDir)
    return [
      { what: 'local history takes, points a second', value: perSecond, unit: 'points' },
      ...(await measureFilled(stateDir)),
    ]
  } finally {
    rmSync(stateDir, { recursive: true, force: true })
  }
}

/** The last hours, a sample each ten seconds; returns how many points a second that was. */
async function live(stateDir: string): Promise<number> {
  const history = await openLocalHistory({ stateDir, maxBytes: 1e10 }, createManualClock(END))
  const startedMs = performance.now()
  let points = 0
  for (let at = END - LIVED_MS; at < END; at += STEP_MS) {
    const batch = Array.from({ length: SERVERS }, (_, server) => pointsOf(server, at)).flat()
    history.write(batch)
    points += batch.length
    if (at % 600_000 === 0) await history.flush()
  }
  await history.close()
  return points / ((performance.now() - startedMs) / 1000)
}

/** Copies the blocks of a tier backwards until they cover `spanMs`; a block's name is its time. */
function repeat(dir: string, tier: Tier, spanMs: number): void {
  const names = readdirSync(dir).sort()
  const first = Number.parseInt(names[0] ?? '', 10)
  const lengthMs = blockMs(tier)
  for (let back = 1; first - back * lengthMs >= END - spanMs; back++) {
    const name = names[names.length - 1 - ((back - 1) % names.length)]
    const copy = `${String(first - back * lengthMs).padStart(13, '0')}.block`
    copyFileSync(join(dir, String(name)), join(dir, copy))
  }
}

/** One moment more, and the days that are over by now are rolled up as they always are. */
async function rollUpDays(stateDir: string): Promise<void> {
  const clock = createManualClock(END + HOUR_MS)
  const history = await openLocalHistory({ stateDir, maxBytes: 1e10 }, clock)
  for (const at of [END, END + HOUR_MS]) {
    history.write(pointsOf(0, at))
    await history.flush()
  }
  await history.close()
  const days = readdirSync(join(stateDir, 'history', DAILY.name))
  if (days.length < DAYS - 1) throw new Error(`only ${days.length} days are rolled up`)
}

/** What it takes, and how long a historian takes to answer what `lvsctl history` asks. */
async function measureFilled(stateDir: string): Promise<readonly Measure[]> {
  const clock = createManualClock(END)
  const history = await openLocalHistory({ stateDir, maxBytes: 1e10 }, clock)
  const megabytes = (history.statistics().diskBytes / 1e6) * (WANTED_SERVERS / SERVERS)
  const bus = createMemoryBus()
  const ports = { bus, clock: createSystemClock(), history }
  const historian = createHistorian({ cluster: CLUSTER, name: 'h1' }, ports)
  await historian.start()

  async function slowest(what: string, spanMs: number, target: (chart: number) => string) {
    let value = 0
    for (let chart = 0; chart < CHARTS; chart++) {
      const range = { fromMs: END - spanMs, toMs: END, windows: WINDOWS }
      const request = api.history.request.encode({ target: target(chart), ...range })
      const startedMs = performance.now()
      const answer = await bus.request(apiSubject(CLUSTER, api.history.name), request, ANSWER_MS)
      value = Math.max(value, performance.now() - startedMs)
      const { series } = api.history.response.decode(answer)
      if ((series[0]?.rows.length ?? 0) < WINDOWS / 2) throw new Error('a chart without data')
    }
    const goal = `under ${MOST_CHART_MS}`
    return { what: `slowest chart of ${what}`, value, unit: 'ms', goal, met: value < MOST_CHART_MS }
  }

  const server = (chart: number) => `web/web${(chart * 37) % SERVERS}`
  const service = () => 'web'
  try {
    return [
      {
        what: `${WANTED_SERVERS} real servers for ${DAYS} days (from ${SERVERS})`,
        value: megabytes,
        unit: 'MB',
        goal: `under ${MOST_MB}`,
        met: megabytes < MOST_MB,
      },
      await slowest('a real server, a day', DAY_MS, server),
      await slowest(`a real server, ${DAYS} days`, DAYS * DAY_MS, server),
      await slowest(`a service of ${SERVERS} real servers, a day`, DAY_MS, service),
      await slowest(`a service of ${SERVERS} real servers, ${DAYS} days`, DAYS * DAY_MS, service),
    ]
  } finally {
    await historian.stop()
  }
}

function pointsOf(server: number, at: number): Point[] {
  const tags = { service: 'web', server: `web${server}` }
  const noise = (size: number) => Math.random() * size
  const whole = (size: number) => Math.floor(noise(size))
  return [
    {
      measurement: 'check',
      at,
      tags: { ...tags, check: 'http', vantage: 'here' },
      fields: { latency_ms: 1 + noise(20), passed: 5, failed: 0, inconclusive: 0 },
    },
    {
      measurement: 'real_server',
      at,
      tags,
      fields: { configured_weight: 100, effective_weight: 100, up: 1, state: 0 },
    },
    {
      measurement: 'real_server',
      at,
      tags: { ...tags, director: 'lvs1' },
      fields: {
        weight: 100,
        active: whole(500),
        inactive: whole(2000),
        persistent: whole(300),
        connection_rate: whole(200),
        in_packet_rate: whole(20_000),
        out_packet_rate: whole(20_000),
        in_byte_rate: whole(2_000_000),
        out_byte_rate: whole(9_000_000),
      },
    },
  ]
}
