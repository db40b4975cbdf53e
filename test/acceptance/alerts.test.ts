import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Apart, type ApartProcess, startApart, until } from '../support/apart.ts'
import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts'
import { natsSkipReason } from '../support/nats-server.ts'
import { startTestServer, type TestServer } from '../support/standalone.ts'

/** One story: real processes around a NATS server, and a receiver that writes down what it gets. */
describe.skipIf(natsSkipReason !== '')(
  `alerts apart${natsSkipReason}`,
  { timeout: 120_000 },
  () => {
    let apart: Apart
    let servers: TestServer[]
    let receiver: HttpReceiver
    const alerters: ApartProcess[] = []

    const fileOf = () => `cluster: shop
defaults:
  panicThreshold: 0%
  breaker: none
  check: { type: http, interval: 500ms, timeout: 400ms, rise: 2, fall: 2 }
realServers:
  web1: { address: 127.0.0.1, zone: rack-a }
  web2: { address: 127.0.0.1, zone: rack-b }
  web3: { address: 127.0.0.1, zone: rack-b }
  web4: { address: 127.0.0.1, zone: rack-a }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    realServers:
${servers.map(({ port }, index) => `      web${index + 1}: { port: ${port} }`).join('\n')}
alerting:
  channels:
    ops: { type: webhook, url: { file: ${apart.write('url', `${receiver.url}/hook`)} } }
  grouping: { wait: 3s }
  recoveryAfter: 3s
`

    interface Heard {
      readonly kind: string
      readonly subject: string
      /** Receivers tell repetitions by it. */
      readonly id: string
    }
    const heard = () => receiver.got.map(({ body }) => JSON.parse(body) as Heard)
    const said = () => heard().map(({ kind, subject }) => `${kind}: ${subject}`)

    async function become(status: number, ...places: readonly number[]): Promise<void> {
      for (const place of places) {
        const server = servers[place - 1]
        if (server !== undefined) server.status = status
      }
    }
    async function hears(count: number): Promise<void> {
      await until(`${count} messages`, async () => said().length >= count || said().join('; '))
    }
    /** Long enough for anything that should not come. */
    async function quiet(): Promise<void> {
      const before = said()
      await new Promise((resolve) => setTimeout(resolve, 8000))
      expect(said()).toEqual(before)
    }
    async function startAlerter(name: string): Promise<void> {
      alerters.push(await apart.start('alerter', name))
    }
    /** The alerter that answers, as the log of each says. */
    async function working(): Promise<ApartProcess> {
      const { stdout } = await apart.ctl('alerts', '--json')
      const { alerter } = JSON.parse(stdout) as { readonly alerter: string }
      const found = alerters.find(({ name }) => name === alerter)
      if (found === undefined) throw new Error(`no alerter ${alerter}`)
      return found
    }

    beforeAll(async () => {
      apart = await startApart('shop')
      receiver = await startHttpReceiver()
      servers = await Promise.all([1, 2, 3, 4].map(() => startTestServer()))
      await apart.start('controller', 'c1')
      await apart.start('prober', 'p1', '--vantage', 'here')
      await apart.start('director', 'lvs1', '--table', 'memory')
      await apart.start('console', 'console')
      await startAlerter('a1')
      await startAlerter('a2')
      const { code, stdout } = await apart.ctl('apply', apart.write('shop.yaml', fileOf()))
      expect({ code, stdout }).toMatchObject({ code: 0 })
      await until('all are up', async () => {
        const { services } = await apart.status()
        return services.every(({ realServers }) =>
          realServers.every(({ health }) => health === 'up'),
        )
      })
    }, 90_000)
    afterAll(async () => {
      await apart.stop()
      for (const server of servers) await server.stop()
      await receiver.stop()
    })

    test('one real server dies and comes back: two messages', async () => {
      await become(500, 1)
      await hears(1)
      expect(said()[0]).toContain('down: web/web1 is down')
      await become(200, 1)
      await hears(2)
      expect(said()[1]).toMatch(/^up: over: web\/web1 is down.*\(#1\)/)
      await quiet()
    })

    test('a rack dies: one message about the rack, and operators see and take it on', async () => {
      await become(500, 2, 3)
      await hears(3)
      expect(said()[2]).toContain('zone rack-b: 2 real servers are down (#2)')
      const { stdout } = await apart.ctl('alerts')
      expect(stdout).toContain('#2 warning open')
      expect((await apart.ctl('ack', '2', '--reason', 'power')).code).toBe(0)
      await hears(4)
      expect(said()[3]).toContain('ack: acknowledged: zone rack-b')
      await until('the status has it', async () => {
        const { alerting } = await apart.status()
        return (alerting?.open === 1 && alerting.acknowledged === 1) || JSON.stringify(alerting)
      })
      await become(200, 2, 3)
      await hears(5)
      expect(said()[4]).toContain('up: over: zone rack-b: 2 real servers were down')
      await quiet()
    })

    test('the alerter dies between deciding and sending: the other sends, once', async () => {
      receiver.behaviour = { status: 503 }
      const first = await working()
      await become(500, 4)
      await hears(6)
      await first.end('SIGKILL')
      const refused = said().length
      receiver.behaviour = { status: 200 }
      await hears(refused + 1)
      const keys = heard()
        .slice(5)
        .map(({ id }) => id)
      expect(new Set(keys).size).toBe(1)
      await quiet()
      await become(200, 4)
      await hears(refused + 2)
      expect(said().at(-1)).toMatch(/^up: over: web\/web4/)
      await quiet()
    })

    test('NATS dies for a while: what was wrong then is told after it, nothing twice', async () => {
      const before = said().length
      await apart.nats.stop()
      await become(500, 1)
      await new Promise((resolve) => setTimeout(resolve, 5000))
      expect(said().length).toBe(before)
      await apart.nats.start()
      await hears(before + 1)
      expect(said()[before]).toContain('down: web/web1 is down')
      await quiet()
      await become(200, 1)
      await hears(before + 2)
      // The director was silent too, which may have joined the incident and be its first cause.
      expect(said()[before + 1]).toMatch(/^up: over: /)
      expect(receiver.got.at(-1)?.body).toContain('web/web1 is down')
      await quiet()
    })
  },
)
