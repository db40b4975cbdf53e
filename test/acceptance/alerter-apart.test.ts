import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Apart, type ApartProcess, startApart, until } from '../support/apart.ts'
import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts'
import { natsSkipReason } from '../support/nats-server.ts'
import { startTestServer, type TestServer } from '../support/standalone.ts'

/** One story: who is told what, while alerters die in the middle of telling. */
describe.skipIf(natsSkipReason !== '')(
  `two alerters apart${natsSkipReason}`,
  { timeout: 180_000 },
  () => {
    let apart: Apart
    let receiver: HttpReceiver
    let servers: TestServer[]
    let alerters: ApartProcess[]

    const clusterFile = () => `cluster: shop
defaults: { check: { type: http, interval: 500ms, timeout: 400ms, rise: 2, fall: 2 } }
realServers: { web1: 127.0.0.1, web2: 127.0.0.1 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    realServers:
      web1: { port: ${servers[0]?.port}, weight: 100 }
      web2: { port: ${servers[1]?.port}, weight: 50 }
alerting:
  channels:
    hook:
      type: webhook
      url: { file: ${apart.write('hook-url', `${receiver.url}/hook`)} }
      timeout: 3s
    room:
      type: slack
      url: { file: ${apart.write('room-url', `${receiver.url}/room`)} }
      timeout: 3s
`
    /** What one channel was told, in order: kind and identity, or the text. */
    const hookIds = () =>
      receiver.got
        .filter(({ path }) => path === '/hook')
        .map(({ body }) => {
          const { kind, id } = JSON.parse(body)
          return `${kind} ${id}`
        })
    const roomTexts = () =>
      receiver.got
        .filter(({ path }) => path === '/room')
        .map(({ body }) => String(JSON.parse(body).text))
    const telling = () => alerters.find((one) => one.output().includes('tells people'))
    const leader = () => {
      const found = telling()
      if (found === undefined) throw new Error('no alerter tells people')
      return found
    }
    const ill = (status: number) => Object.assign(servers[1] ?? {}, { status })

    beforeAll(async () => {
      apart = await startApart('shop')
      receiver = await startHttpReceiver()
      servers = [await startTestServer(), await startTestServer()]
      await Promise.all([
        apart.start('controller', 'c1'),
        apart.start('prober', 'p1', '--vantage', 'here'),
        apart.start('director', 'lvs1', '--table', 'memory'),
        apart.start('console', 'console'),
      ])
      alerters = [await apart.start('alerter', 'a1')]
      await until('a1 tells people', () => telling() !== undefined)
      alerters.push(await apart.start('alerter', 'a2'))
      const file = apart.write('shop.yaml', clusterFile())
      await until('the file is in force', async () => {
        const { code, stderr } = await apart.ctl('apply', file)
        return code === 0 || stderr
      })
      await until('all is well', async () => {
        const { services } = await apart.status()
        return services[0]?.realServers.every(({ weight }) => weight.effective > 0) === true
      })
    }, 120_000)
    afterAll(async () => {
      await apart.stop()
      await receiver.stop()
      for (const server of servers) await server.stop()
    })

    test('a test by hand arrives, and says so', async () => {
      const { code, stdout } = await apart.ctl('alerts', 'test', 'hook')
      expect(stdout).toContain('delivered: hook (webhook)')
      expect(code).toBe(0)
      expect(hookIds()).toHaveLength(1)
    })

    test('one server dies and comes back: each channel is told of both, once', async () => {
      receiver.got.length = 0
      ill(500)
      await until('both are told', () => hookIds().length > 0 && roomTexts().length > 0)
      ill(200)
      await until('both are told that it is over', () => {
        return hookIds().length > 1 && roomTexts().length > 1
      })
      expect(hookIds().map((text) => text.split(' ')[0])).toEqual(['down', 'up'])
      expect(roomTexts()).toHaveLength(2)
    })

    test('an alerter is killed while it tells: nobody is told twice, and the doubt is said', async () => {
      receiver.got.length = 0
      receiver.behaviour = 'hangs'
      ill(500)
      await until('both attempts are under way', () => {
        return hookIds().length > 0 && roomTexts().length > 0
      })
      const [first] = hookIds()
      await leader().end('SIGKILL')
      receiver.behaviour = { status: 200, body: 'ok' }
      await until('the webhook has it again', () => hookIds().length > 1)
      expect(hookIds()[1]).toBe(first)
      await until('the doubt is said', async () => {
        const { code, stdout, stderr } = await apart.ctl('alerts', '--json')
        if (code !== 0 && stdout === '') return stderr
        const { deadLetters = [] } = JSON.parse(stdout)
        return deadLetters.length > 0 || stdout
      })
      expect(roomTexts()).toHaveLength(1)
      ill(200)
      await until('both are told that it is over', () => {
        return hookIds().length > 2 && roomTexts().length > 1
      })
      expect(hookIds().map((text) => text.split(' ')[0])).toEqual(['down', 'down', 'up'])
    })
  },
)
