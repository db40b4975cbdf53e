import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MEASUREMENT_NAMES } from '../../services/shared/domain/measurements.ts'
import { decodeObservations } from '../../services/shared/wire/observation-frame.ts'
import { observationsSubject } from '../../services/shared/wire/subjects.ts'
import { type Apart, type ApartProcess, startApart, until } from '../support/apart.ts'
import { skipReason } from '../support/child-server.ts'
import { type InfluxServer, startInflux } from '../support/influx-server.ts'
import { connectNats, type NatsClient } from '../support/nats-client.ts'
import { natsSkipReason } from '../support/nats-server.ts'
import { startTestServer, type TestServer } from '../support/standalone.ts'

const why = natsSkipReason || skipReason('influxdb', '/usr/bin/influxd')
const DATABASE = 'lvs'
const WRONG = 'not-the-password'

/** Historians of their own beside the other services, over a real NATS, into a real InfluxDB. */
describe.skipIf(why !== '')(`historians apart${why}`, { timeout: 180_000 }, () => {
  let apart: Apart
  let influx: InfluxServer
  let servers: TestServer[]
  let listener: NatsClient
  let first: ApartProcess
  let second: ApartProcess
  /** When each observation was made that went over the bus. */
  const heard = new Set<number>()

  beforeAll(async () => {
    apart = await startApart('shop')
    influx = await startInflux({ withLogin: true })
    servers = [await startTestServer(), await startTestServer()]
    apart.write('influx.password', `${WRONG}\n`)
    ;[first] = await Promise.all([
      startHistorian('h1'),
      apart.start('controller', 'c1'),
      apart.start('prober', 'p1', '--vantage', 'here'),
      apart.start('director', 'lvs1', '--table', 'memory'),
      apart.start('console', 'console'),
    ])
    const natsPasswordFile = join(apart.dir, 'historian.password')
    const login = { natsUser: 'historian', natsPasswordFile }
    listener = await connectNats({ natsUrl: apart.nats.url, ...login }, { name: 'listener' })
    const file = apart.write(
      'shop.yaml',
      `cluster: shop
defaults: { check: { type: http, interval: 100ms, timeout: 90ms, rise: 1, fall: 2 } }
realServers: { web1: 127.0.0.1, web2: 127.0.0.1 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    realServers: { web1: { port: ${servers[0]?.port} }, web2: { port: ${servers[1]?.port} } }
`,
    )
    expect(await apart.ctl('apply', file)).toMatchObject({ code: 0 })
  }, 90_000)
  afterAll(async () => {
    await listener.bus.close()
    await apart.stop()
    await influx.dispose()
    for (const server of servers) await server.stop()
  })

  function startHistorian(name: string): Promise<ApartProcess> {
    const state = join(apart.dir, name)
    mkdirSync(state, { recursive: true })
    const password = ['--influx-password-file', join(apart.dir, 'influx.password')]
    const login = ['--influx-url', influx.url, '--influx-user', 'admin', ...password]
    return apart.start('historian', name, '--state', state, ...login)
  }

  async function rows(statement: string): Promise<readonly (string | number | null)[][]> {
    const { results } = await influx.query(statement, DATABASE)
    return (results[0]?.series ?? []).flatMap(({ values }) => values.map((row) => [...row]))
  }

  /** `NaN` where it is not shown yet. */
  async function figure({ url }: ApartProcess, name: string): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text()
    const found = new RegExp(`^lvs_warden_${name} (\\S+)$`, 'm').exec(text)?.[1]
    return Number(found ?? Number.NaN)
  }

  /** When the checks were made that InfluxDB has. */
  async function stored(): Promise<ReadonlySet<number>> {
    return new Set((await rows('SELECT "passed" FROM "raw"."check"')).map(([at]) => Number(at)))
  }

  /** Places in the event log of all that was written, as often as it was. */
  async function sequences(): Promise<readonly number[]> {
    const found = [
      ...(await rows('SELECT "sequence" FROM "event"."transition"')),
      ...(await rows('SELECT "sequence" FROM "event"."operator_action"')),
    ]
    return found.map(([, sequence]) => Number(sequence)).sort((one, other) => one - other)
  }

  async function failAndRecover(): Promise<void> {
    const [, server] = servers
    if (server === undefined) throw new Error('no server')
    for (const [status, weight] of [
      [500, 0],
      [200, 100],
    ] as const) {
      server.status = status
      await until(`web2 has weight ${weight}`, async () => {
        const { services } = await apart.status()
        const web2 = services[0]?.realServers.find(({ name }) => name === 'web2')
        return web2?.weight.effective === weight || JSON.stringify(web2?.weight)
      })
    }
  }

  test('a wrong password is said, nowhere shown, and loses nothing once it is mended', async () => {
    await until('the historian says that it may not', async () => {
      const parts = (await first.unready()) ?? []
      return parts.some((part) => /^history: .*authoriz/.test(part)) || parts.join()
    })
    await until('points wait', async () => (await figure(first, 'history_points_waiting')) > 0)
    expect(first.output()).not.toContain(WRONG)
    expect(first.output()).not.toContain(Buffer.from(`admin:${WRONG}`).toString('base64'))
    apart.write('influx.password', 'admin\n')
    await until('nothing waits', async () => (await first.unready())?.length === 0)
    await until('checks are there', async () => (await stored()).size > 0)
  })

  test('points of every measurement arrive', async () => {
    await failAndRecover()
    await apart.ctl('drain', 'web1', '--no-wait', '--reason', 'disk')
    await apart.ctl('enable', 'web1')
    for (const name of MEASUREMENT_NAMES) {
      await until(`there is a point of ${name}`, async () => {
        const found = await Promise.all(
          ['raw', 'event'].map((policy) => rows(`SELECT * FROM "${policy}"."${name}" LIMIT 1`)),
        )
        return found.flat().length > 0
      })
    }
  })

  test('killed while InfluxDB is away, it goes on with all that was on its disk', async () => {
    await influx.stop('SIGKILL')
    const from = Date.now()
    const stop = listener.bus.subscribe(observationsSubject('shop', '*'), (payload) => {
      for (const { at } of decodeObservations(payload).observations) heard.add(Math.floor(at))
    })
    await until('many checks were made', () => heard.size > 30)
    const mark = Math.max(...heard)
    // Whatever was heard by now is in a batch that is on disk when two more have come.
    let [before, growths] = [await figure(first, 'history_disk_bytes'), 0]
    await until('two batches more are on disk', async () => {
      const now = await figure(first, 'history_disk_bytes')
      if (now > before) growths++
      before = now
      return growths >= 2
    })
    await failAndRecover()
    await first.end('SIGKILL')
    stop()
    first = await startHistorian('h1')
    await influx.start()
    await until('all is written', async () => {
      const waiting = await figure(first, 'history_points_waiting')
      return (waiting < 100 && (await first.unready())?.length === 0) || `${waiting} wait`
    })
    const wanted = [...heard].filter((at) => at >= from && at <= mark)
    expect(wanted.length).toBeGreaterThan(20)
    await until('what was on disk is there', async () => {
      const found = await stored()
      const missing = wanted.filter((at) => !found.has(at))
      return missing.length === 0 || `${missing.length} of ${wanted.length} are missing`
    })
  })

  test('another one takes over from one that is killed; each event is there once', async () => {
    second = await startHistorian('h2')
    await until('the first one writes', async () => (await figure(first, 'historian_active')) === 1)
    await until('the other one stands by', async () => {
      return (await figure(second, 'historian_active')) === 0
    })
    await first.end('SIGKILL')
    const killed = Date.now()
    await failAndRecover()
    await until('the second one writes', async () => {
      return (await figure(second, 'historian_active')) === 1
    })
    await until('checks go on', async () => Math.max(...(await stored())) > killed + 1000)
    const { stdout } = await apart.ctl('events', '--json')
    const last = Math.max(...stdout.split('\n').map((line) => sequenceOf(line)))
    expect(last).toBeGreaterThan(5)
    await until('all events are there', async () => {
      const found = await sequences()
      return Math.max(...found) >= last || `${found.at(-1)} of ${last}`
    })
    const found = await sequences()
    const [begin = 0] = found
    expect(found).toEqual(Array.from(found, (_, index) => begin + index))
  })

  test('none was forbidden anything on the bus', () => {
    expect(`${first.output()}${second.output()}`).not.toContain('bus.forbidden')
  })
})

/** The place of an event in the log, of a line of `lvsctl events --json`; 0 for another line. */
function sequenceOf(line: string): number {
  return Number(/"sequence":\s*(\d+)/.exec(line)?.[1] ?? 0)
}
