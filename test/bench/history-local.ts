import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalHistory } from '../../services/shared/adapters/local-history/local-history.ts'
import type { Point } from '../../services/shared/domain/point.ts'
import type { History } from '../../services/shared/ports/history.ts'
import { createManualClock } from '../support/manual-clock.ts'
import type { Measure } from './bench.ts'

/** A twentieth of what the goal speaks of: a series costs the same whatever is beside it. */
const SERVERS = 50
const WANTED_SERVERS = 1000
const DAYS = 7
const DAY_MS = 86_400_000
const FINE_MS = 10_000
const COARSE_MS = 60_000
const MOST_MB = 500
const MOST_CHART_MS = 300
const CHARTS = 20
const START = Date.UTC(2030, 0, 1)

/** Seven days of real servers that are busy: every figure moves all the time. */
export async function measureLocalHistory(): Promise<readonly Measure[]> {
  const stateDir = mkdtempSync(join(tmpdir(), 'warden-bench-'))
  const clock = createManualClock(START + DAYS * DAY_MS)
  const history = await openLocalHistory({ stateDir, maxBytes: 1e10 }, clock)
  try {
    const startedMs = performance.now()
    let points = 0
    // Only the last day is kept in steps of ten seconds, so only that is written so.
    for (let at = START; at < START + DAYS * DAY_MS; ) {
      const isLastDay = at >= START + (DAYS - 1) * DAY_MS
      const batch = Array.from({ length: SERVERS }, (_, server) => pointsOf(server, at)).flat()
      history.write(batch)
      points += batch.length
      at += isLastDay ? FINE_MS : COARSE_MS
      if (at % 600_000 === 0) await history.flush()
    }
    await history.flush()
    const seconds = (performance.now() - startedMs) / 1000
    const megabytes = (history.statistics().diskBytes / 1e6) * (WANTED_SERVERS / SERVERS)
    const day = await slowestChart(history, DAY_MS, 300_000)
    const week = await slowestChart(history, DAYS * DAY_MS, 1_800_000)
    return [
      { what: 'local history takes, points a second', value: points / seconds, unit: 'points' },
      {
        what: `${WANTED_SERVERS} real servers for ${DAYS} days (from ${SERVERS})`,
        value: megabytes,
        unit: 'MB',
        goal: `under ${MOST_MB}`,
        met: megabytes < MOST_MB,
      },
      chart('slowest chart of a day', day),
      chart(`slowest chart of ${DAYS} days`, week),
    ]
  } finally {
    await history.close()
    rmSync(stateDir, { recursive: true, force: true })
  }
}

function chart(what: string, value: number): Measure {
  return { what, value, unit: 'ms', goal: `under ${MOST_CHART_MS}`, met: value < MOST_CHART_MS }
}

/** All that `lvsctl history` asks of one real server, for several of them. */
async function slowestChart(history: History, spanMs: number, stepMs: number): Promise<number> {
  const toMs = START + DAYS * DAY_MS
  let slowest = 0
  for (let index = 0; index < CHARTS; index++) {
    const range = { fromMs: toMs - spanMs, toMs, stepMs }
    const where = { service: 'web', server: `web${(index * 37) % SERVERS}` }
    const startedMs = performance.now()
    const latency = { field: 'latency_ms', by: 'mean' } as const
    const groupBy = ['check', 'vantage']
    await history.query({ measurement: 'check', fields: [latency], where, groupBy, ...range })
    const weight = { field: 'effective_weight', by: 'mean' } as const
    const active = { field: 'active', by: 'mean' } as const
    const [first] = await history.query({
      measurement: 'real_server',
      fields: [weight, active],
      where,
      groupBy: ['director'],
      ...range,
    })
    slowest = Math.max(slowest, performance.now() - startedMs)
    if (first === undefined || first.rows.length < 100) throw new Error('a chart without data')
  }
  return slowest
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
