import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type InfluxHistoryOptions,
  openInfluxHistory,
} from '../../services/shared/adapters/influx/influx-history.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { Point } from '../../services/shared/domain/point.ts'
import type { History } from '../../services/shared/ports/history.ts'
import { createLogger } from '../../services/shared/runtime/logger.ts'
import { type InfluxServer, startInflux } from '../support/influx-server.ts'

const MINUTE_MS = 60_000
/** Half an hour ago, at a full hour of ten minutes. */
const BASE = Math.floor(Date.now() / 600_000) * 600_000 - 3 * 600_000

let influx: InfluxServer
let stateDir: string
let count = 0
let opened: History[] = []

beforeAll(async () => {
  influx = await startInflux()
}, 30_000)
afterAll(() => influx.dispose())
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'warden-trouble-'))
  count++
})
afterEach(async () => {
  for (const history of opened) await history.close()
  opened = []
  rmSync(stateDir, { recursive: true, force: true })
})

function open(options: Partial<InfluxHistoryOptions> = {}): History {
  const place = { url: influx.url, database: `trouble_${count}`, stateDir }
  const history = openInfluxHistory({ ...place, ...options }, createSystemClock())
  opened.push(history)
  return history
}

/** A point of each second, so that none stands for another. */
function points(from: number, to: number, tags: Point['tags'] = {}): Point[] {
  return Array.from({ length: to - from }, (_, index) => ({
    measurement: 'check',
    at: BASE + (from + index) * 100,
    tags: { service: 'web', server: 'web1', check: 'http', vantage: 'here', ...tags },
    fields: { latency_ms: from + index, passed: 1, failed: 0 },
  }))
}

async function stored(database = `trouble_${count}`): Promise<number> {
  const { results } = await influx.query(`SELECT count("passed") FROM "raw"."check"`, database)
  return Number(results[0]?.series?.[0]?.values[0]?.[1] ?? 0)
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('while InfluxDB is away', () => {
  test('points wait on disk and are all there, in order and rolled up, when it is back', async () => {
    const history = open()
    history.write(points(0, 1000))
    await history.flush()
    await influx.stop()
    for (let batch = 1; batch < 7; batch++) {
      history.write(points(batch * 1000, batch * 1000 + 1000))
      await history.flush()
    }
    const { waiting, diskBytes, problem } = history.statistics()
    expect(waiting).toBe(6000)
    expect(diskBytes).toBeGreaterThan(10_000)
    expect(problem).toContain('ECONNREFUSED')
    await influx.start()
    await until(() => history.statistics().waiting === 0)
    expect(await stored()).toBe(7000)
    expect(history.statistics()).toMatchObject({ written: 7000, dropped: {} })
    const asked = `SELECT sum("passed") FROM "minute"."check"`
    await until(async () => {
      const { results } = await influx.query(asked, `trouble_${count}`)
      return Number(results[0]?.series?.[0]?.values[0]?.[1] ?? 0) >= 6000
    })
  }, 60_000)

  test('ten minutes of 500 checks a second are replayed, each point once', async () => {
    const history = open()
    history.write(points(0, 10))
    await history.flush()
    await influx.stop()
    for (let second = 0; second < 600; second++) {
      const [point] = points(second * 10, second * 10 + 1)
      if (point === undefined) throw new Error('no point')
      const tags = (server: number) => ({ ...point.tags, server: `s${server}` })
      history.write(Array.from({ length: 500 }, (_, server) => ({ ...point, tags: tags(server) })))
      if (second % 10 === 9) await history.flush()
    }
    expect(history.statistics()).toMatchObject({ waiting: 300_000, dropped: {} })
    await influx.start()
    await until(() => history.statistics().waiting === 0)
    expect(await stored()).toBe(300_010)
    expect(history.statistics().dropped).toEqual({})
  }, 120_000)

  test('a database that is killed under a batch has each point once in the end', async () => {
    const history = open()
    history.write(points(0, 100))
    await history.flush()
    history.write(points(100, 20_000))
    await influx.stop('SIGKILL')
    history.write(points(20_000, 25_000))
    await influx.start()
    history.write(points(25_000, 30_000))
    await until(() => history.statistics().waiting === 0)
    expect(await stored()).toBe(30_000)
  }, 60_000)

  test('what waits is written by the next process', async () => {
    const first = open()
    first.write(points(0, 10))
    await first.flush()
    await influx.stop()
    first.write(points(10, 5010))
    await first.flush()
    await first.close()
    const second = open()
    expect(second.statistics().waiting).toBe(5000)
    await influx.start()
    await until(() => second.statistics().waiting === 0)
    expect(await stored()).toBe(5010)
  }, 60_000)

  test('above the bound the oldest go, and every point is accounted for', async () => {
    await influx.stop()
    const history = open({ spoolBytes: 60_000 })
    for (let batch = 0; batch < 60; batch++) {
      history.write(points(batch * 500, batch * 500 + 500))
      await history.flush()
    }
    const { dropped, waiting, diskBytes } = history.statistics()
    const lost = dropped['no-room'] ?? 0
    expect(diskBytes).toBeLessThanOrEqual(60_000)
    expect(lost).toBeGreaterThan(0)
    expect(lost + waiting).toBe(30_000)
    await influx.start()
    await until(() => history.statistics().waiting === 0)
    expect(await stored()).toBe(30_000 - lost)
    const oldest = await influx.query(
      `SELECT first("latency_ms") FROM "raw"."check"`,
      `trouble_${count}`,
    )
    expect(oldest.results[0]?.series?.[0]?.values[0]?.[1]).toBe(lost)
  }, 60_000)

  test.skipIf(process.getuid?.() !== 0)(
    'a full disk costs nothing as long as memory holds, and nobody is held up',
    async () => {
      const small = join(stateDir, 'small')
      mkdirSync(small)
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small])
      expect(mounted.status).toBe(0)
      try {
        await influx.stop()
        const history = open({ stateDir: small })
        for (let batch = 0; batch < 40; batch++) {
          history.write(points(batch * 1000, batch * 1000 + 1000))
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        await until(() => history.statistics().problem?.includes('ENOSPC') === true)
        expect(history.statistics().waiting).toBe(40_000)
        await influx.start()
        await until(() => history.statistics().waiting === 0)
        expect(await stored()).toBe(40_000)
        await history.close()
      } finally {
        spawnSync('umount', [small])
      }
    },
    60_000,
  )
})

describe('what InfluxDB refuses', () => {
  test('a point of the wrong type is counted and left, the others of its batch are there', async () => {
    const database = `trouble_${count}`
    await influx.query(`CREATE DATABASE ${database}`)
    await influx.query(`CREATE RETENTION POLICY raw ON ${database} DURATION 14d REPLICATION 1`)
    const line = `check,service=web,server=bad passed="text" ${BASE * 1_000_000}`
    const url = `${influx.url}/write?db=${database}&rp=raw`
    expect((await fetch(url, { method: 'POST', body: line })).status).toBe(204)
    const history = open()
    history.write([...points(0, 10), { ...points(0, 1)[0], tags: {} } as Point])
    await history.flush()
    const { dropped, written } = history.statistics()
    expect((dropped['refused'] ?? 0) + written).toBe(11)
    expect(dropped['refused']).toBeGreaterThan(0)
  })

  test('more series than allowed are refused before InfluxDB sees them', async () => {
    const history = open({ maxSeries: 10 })
    for (let server = 0; server < 50; server++) {
      history.write(points(0, 2, { server: `web${server}` }))
    }
    await history.flush()
    const { dropped, series } = history.statistics()
    expect(series).toBe(10)
    expect(dropped).toEqual({ 'too-many-series': 80 })
    const { results } = await influx.query('SHOW SERIES CARDINALITY', `trouble_${count}`)
    expect(JSON.stringify(results)).toContain('10')
  })
})

describe('retention and roll-ups', () => {
  test('are made as asked, kept, and changed when asked otherwise', async () => {
    const hour = 3_600_000
    const keep = { rawMs: 24 * hour, minuteMs: 48 * hour, hourMs: 96 * hour, eventMs: 96 * hour }
    const first = open({ retention: keep })
    first.write(points(0, 10))
    await first.flush()
    const second = open({ retention: { ...keep, rawMs: 72 * hour } })
    second.write(points(10, 20))
    await second.flush()
    const database = `trouble_${count}`
    const policies = await influx.query(`SHOW RETENTION POLICIES ON ${database}`)
    const found = policies.results[0]?.series?.[0]?.values.map(
      ([name, keeps]) => `${name} ${keeps}`,
    )
    expect(found).toEqual(
      expect.arrayContaining(['raw 72h0m0s', 'minute 48h0m0s', 'hour 96h0m0s', 'event 96h0m0s']),
    )
    const { results } = await influx.query('SHOW CONTINUOUS QUERIES')
    const own = results[0]?.series?.find(({ name }) => name === database)
    const names = (own?.values ?? []).map(([name]) => String(name).replace(/_[0-9a-f]{8}$/, ''))
    expect(names).toContain('lvs_minute_check')
    expect(names).toContain('lvs_hour_real_server')
    expect(new Set(names).size).toBe(names.length)
  })

  test('a stale roll-up of ours is replaced, one of somebody else is left alone', async () => {
    const history = open()
    history.write(points(0, 10))
    await history.flush()
    const database = `trouble_${count}`
    const query = (name: string) =>
      `CREATE CONTINUOUS QUERY ${name} ON ${database} BEGIN SELECT mean("latency_ms") INTO x FROM "raw"."check" GROUP BY time(1m) END`
    await influx.query(query('lvs_minute_old_00000000'))
    await influx.query(query('theirs'))
    const again = open()
    again.write(points(10, 20))
    await again.flush()
    const { results } = await influx.query('SHOW CONTINUOUS QUERIES')
    const own = results[0]?.series?.find(({ name }) => name === database)
    const names = (own?.values ?? []).map(([name]) => String(name))
    expect(names).toContain('theirs')
    expect(names).not.toContain('lvs_minute_old_00000000')
  })
})

describe('an InfluxDB that wants a log-in', () => {
  test('a wrong password loses nothing, is not shown, and may be mended in its file', async () => {
    const guarded = await startInflux({ withLogin: true })
    const passwordFile = join(stateDir, 'password')
    writeFileSync(passwordFile, 'wrong-secret\n')
    const lines: string[] = []
    const logger = createLogger({ level: 'debug', stream: { write: (line) => lines.push(line) } })
    try {
      const history = open({ url: guarded.url, username: 'admin', passwordFile, logger })
      history.write(points(0, 2000))
      await history.flush()
      await until(() => history.statistics().problem !== undefined)
      const { problem, waiting } = history.statistics()
      expect(problem).toMatch(/authoriz/i)
      expect(waiting).toBe(2000)
      const credentials = Buffer.from('admin:wrong-secret').toString('base64')
      for (const text of [...lines, String(problem)]) {
        expect(text).not.toContain('wrong-secret')
        expect(text).not.toContain(credentials)
        expect(text).not.toMatch(/authorization"/i)
      }
      expect(lines.length).toBeGreaterThan(0)
      writeFileSync(passwordFile, 'admin\n')
      await until(() => history.statistics().waiting === 0)
      const asked = `SELECT count("passed") FROM "raw"."check"`
      const { results } = await guarded.query(asked, `trouble_${count}`)
      expect(results[0]?.series?.[0]?.values[0]?.[1]).toBe(2000)
      await history.close()
    } finally {
      await guarded.dispose()
    }
  }, 60_000)
})

test('roll-ups of a minute keep means, extremes and sums of what was written', async () => {
  const history = open()
  history.write(points(0, 1200))
  await history.flush()
  const { rollUpAgain } = await import('../../services/shared/adapters/influx/influx-retention.ts')
  const { createInfluxClient } = await import(
    '../../services/shared/adapters/influx/influx-client.ts'
  )
  const target = { url: influx.url, database: `trouble_${count}` }
  await rollUpAgain(createInfluxClient(target, createSystemClock()), BASE, BASE + 2 * MINUTE_MS)
  const asked = `SELECT "latency_ms", "latency_ms_max", "passed" FROM "minute"."check"`
  const { results } = await influx.query(asked, target.database)
  expect(results[0]?.series?.[0]?.values).toEqual([
    [BASE, 299.5, 599, 600],
    [BASE + MINUTE_MS, 899.5, 1199, 600],
  ])
})
