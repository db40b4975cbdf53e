import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engineObstacle } from './harness/engine.ts'
import { createStack, type Stack, until } from './harness/stack.ts'

const FILE = `cluster: shop
defaults: { check: { type: http, interval: 1s, timeout: 500ms, rise: 2, fall: 2 } }
realServers: { web1: web1, web2: web2 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    panicThreshold: 0%
    realServers: { web1: { port: 8080, weight: 10 }, web2: { port: 8080, weight: 20 } }
`
const title = engineObstacle === '' ? '' : ` (skipped: ${engineObstacle})`
const OURS = [
  ...['nats', 'controller-1', 'controller-2', 'prober-1', 'prober-2', 'console'],
  ...['historian', 'alerter', 'influxdb', 'grafana', 'director'],
]

/** One story, step by step, told by the containers of docker-compose.yml. */
describe.skipIf(engineObstacle !== '')(`docker-compose.yml${title}`, () => {
  let stack: Stack

  beforeAll(async () => {
    stack = await createStack()
    await stack.must('build')
    await stack.must('up', '--detach')
  })
  afterAll(async () => {
    await stack?.remove()
  })

  async function tableIs(wanted: Readonly<Record<string, number>>): Promise<void> {
    await until(`the table is ${JSON.stringify(wanted)}`, async () => {
      const { directors, services, generation } = await stack.status()
      const weights = services.flatMap(({ realServers }) =>
        realServers.map(({ name, weight }) => [name, weight.effective] as const),
      )
      const held = directors.map((director) => director.generation)
      const seen = JSON.stringify({ weights: Object.fromEntries(weights), held, generation })
      const want = JSON.stringify({ weights: wanted, held: [generation], generation })
      return seen === want ? '' : seen
    })
  }

  test('has every service of the issue, and no container is privileged', async () => {
    const config = JSON.parse(await stack.must('config', '--format', 'json')) as {
      services: Record<string, Record<string, unknown>>
    }
    expect(Object.keys(config.services)).toEqual(expect.arrayContaining(OURS))
    for (const name of OURS) {
      const service = config.services[name] ?? {}
      expect(service['privileged'] ?? false, name).toBe(false)
      expect(service['cap_drop'], name).toEqual(['ALL'])
      expect(service['cap_add'] ?? [], name).toEqual(name === 'director' ? ['NET_ADMIN'] : [])
      expect(service['read_only'], name).toBe(true)
      expect(service['mem_limit'], name).toBeDefined()
      expect(JSON.stringify(service['environment'] ?? {}), name).not.toMatch(/"[^"]*PASSWORD":/)
    }
  })

  test('answers operators before anything is applied', async () => {
    await until('lvsctl answers', async () => {
      const { code, stderr } = await stack.ctl(['revisions'])
      return code === 0 ? '' : stderr
    })
  })

  test('takes a cluster file from standard input, and every container is healthy', async () => {
    const { code, stdout, stderr } = await stack.ctl(['apply', '-', '--reason', 'test'], FILE)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('- is in force as revision 1')
    await until('all are healthy', async () => {
      const health = await stack.health()
      const ill = OURS.filter((name) => health[name] !== 'healthy')
      return ill.map((name) => `${name} ${health[name] ?? 'missing'}`).join(', ')
    })
  })

  test('serves by both real servers', async () => {
    await tableIs({ web1: 10, web2: 20 })
  })

  test('has results of checks in InfluxDB', async () => {
    await until('points of checks', async () => {
      const answer = JSON.stringify(await stack.influx('SELECT count(*) FROM "check"'))
      return /"values":\[\[[^\]]*[1-9]/.test(answer) ? '' : answer
    })
  })

  test('takes a dead real server out of the table', async () => {
    await stack.must('stop', '--timeout', '1', 'web2')
    await tableIs({ web1: 10, web2: 0 })
  })

  test('goes on without the controller that leads', async () => {
    await stack.must('kill', 'controller-1')
    await tableIs({ web1: 10, web2: 0 })
    await stack.must('stop', '--timeout', '1', 'web1')
    await tableIs({ web1: 0, web2: 0 })
  })

  test('goes down whole', async () => {
    await stack.must('down', '--volumes', '--remove-orphans', '--timeout', '5')
    expect(await stack.health()).toEqual({})
  })
})
