import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dashboard, Panel } from '@grafana/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ALERT_RULES } from '../../dashboards/src/alert-rules.ts'
import { DASHBOARDS } from '../../dashboards/src/generate.ts'
import { createInfluxClient } from '../../services/shared/adapters/influx/influx-client.ts'
import { rollUpAgain } from '../../services/shared/adapters/influx/influx-retention.ts'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createMemorySysctlStore } from '../../services/shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../services/shared/adapters/memory-table.ts'
import { openHistory } from '../../services/shared/adapters/open-history.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import { readHistorySettings } from '../../services/shared/runtime/history-settings.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import { api } from '../../services/shared/wire/api.ts'
import { apiSubject } from '../../services/shared/wire/subjects.ts'
import { createStandalone } from '../../services/standalone/compose.ts'
import { startDemoCluster } from '../../services/standalone/demo/demo-cluster.ts'
import { type InfluxReply, type InfluxServer, startInflux } from '../support/influx-server.ts'

const DATABASE = 'lvs'
let influx: InfluxServer

beforeAll(async () => {
  influx = await startInflux()
  await runCluster(influx.url)
}, 120_000)
afterAll(() => influx.dispose())

/** A real run of the demo's cluster: servers fail and come back, an operator drains one. */
async function runCluster(influxUrl: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'warden-dashboards-'))
  const demo = await startDemoCluster()
  const clusterFile = join(dir, 'cluster.yaml')
  writeFileSync(clusterFile, demo.text)
  const clock = createSystemClock()
  const logger = silentLogger
  const bus = createMemoryBus({ stateDir: dir, clock })
  const settings = readHistorySettings({ influxUrl })
  const history = await openHistory(settings, { stateDir: dir, clock, logger })
  const table = createMemoryTable()
  const ports = { bus, clock, logger, history, table, sysctls: createMemorySysctlStore() }
  const socketPath = join(dir, 's.sock')
  const standalone = createStandalone(
    { clusterFile, socketPath, name: 'demo', clearOnExit: false },
    ports,
  )
  try {
    await standalone.start()
    for (const name of ['web2', 'pop1', 'pop2']) await demo.servers.get(name)?.fallIll('broken')
    const order = { targets: ['media2'], owner: 'anna', reason: 'new disk' }
    const subject = apiSubject('demo', 'maintenance')
    await bus.request(subject, api.maintenance.request.encode(order), 5000)
    await untilSampled(influxUrl, 2)
    await demo.servers.get('web2')?.recover()
    await untilSampled(influxUrl, 3)
  } finally {
    await standalone.stop()
    await demo.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Waits for so many samples of the slowest kind: those of the controller's status. */
async function untilSampled(url: string, samples: number): Promise<void> {
  for (;;) {
    const body = new URLSearchParams({
      db: DATABASE,
      q: `SELECT count("raised") FROM "raw"."alert" WHERE "severity" = 'critical'`,
    })
    const reply = await fetch(`${url}/query`, { method: 'POST', body })
    const { results } = (await reply.json()) as InfluxReply
    if (Number(results[0]?.series?.[0]?.values[0]?.[1] ?? 0) >= samples) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** As Grafana fills its macros and variables in, with everything selected. */
function filledIn(query: string, resolution: string): string {
  const all = ['service', 'server', 'director', 'vantage']
  return all
    .reduce((text, name) => text.replaceAll(`/^$${name}$/`, '/^.*$/'), query)
    .replaceAll('$timeFilter', 'time >= now() - 1h AND time <= now()')
    .replaceAll('$__interval', resolution === 'hour' ? '1h' : '10s')
    .replaceAll('$resolution', resolution)
}

async function rowsOf(query: string): Promise<number> {
  const { results } = await influx.query(query, DATABASE)
  const [result] = results
  expect(result?.error, query).toBeUndefined()
  return (result?.series ?? []).reduce((sum, { values }) => sum + values.length, 0)
}

function queriesOf(dashboard: Dashboard): readonly (readonly [string, string])[] {
  const panels = (dashboard.panels ?? []) as Panel[]
  return panels.flatMap(({ title = '', targets = [] }) =>
    targets.map((target) => [`${title} ${target['refId']}`, String(target['query'])] as const),
  )
}

describe.each(Object.entries(DASHBOARDS))('the dashboard %s, after a real run', (_, dashboard) => {
  test('has data in every panel', async () => {
    const empty: string[] = []
    for (const [title, query] of queriesOf(dashboard)) {
      if ((await rowsOf(filledIn(query, 'raw'))) === 0) empty.push(`${title}: ${query}`)
    }
    expect(empty).toEqual([])
  })

  test('has values for every variable and something behind every kind of mark', async () => {
    for (const { query, type, name } of dashboard.templating?.list ?? []) {
      if (type !== 'query') continue
      expect(await rowsOf(filledIn(String(query), 'raw')), name).toBeGreaterThan(0)
    }
    for (const { target } of dashboard.annotations?.list ?? []) {
      const { query } = target as unknown as { query: string }
      await rowsOf(filledIn(query, 'raw'))
    }
  })

  test('has data by the minute and by the hour too, once that is rolled up', async () => {
    const client = createInfluxClient({ url: influx.url, database: DATABASE }, createSystemClock())
    await rollUpAgain(client, Date.now() - 3_600_000, Date.now())
    for (const resolution of ['minute', 'hour']) {
      const empty: string[] = []
      for (const [title, query] of queriesOf(dashboard)) {
        if (query.includes('"code"')) continue
        if ((await rowsOf(filledIn(query, resolution))) === 0) empty.push(`${title}: ${query}`)
      }
      expect(empty, resolution).toEqual([])
    }
  })
})

test('every alert rule has something to look at', async () => {
  for (const { query, title } of ALERT_RULES) {
    expect(await rowsOf(filledIn(query, 'raw')), title).toBeGreaterThan(0)
  }
})
