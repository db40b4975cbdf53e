import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectDir } from '../support/source-files.ts'
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

const DASHBOARDS = join(projectDir, 'dashboards', 'json')
/** Made by others, with users of their own. */
const NOT_OURS = ['nats', 'influxdb', 'grafana']
/** The bit of CAP_NET_ADMIN (capabilities(7), linux/capability.h). */
const NET_ADMIN = 1 << 12
const MOST_OWN_BYTES = 100_000_000

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

  async function leaderName(): Promise<string> {
    const { controllers = [] } = await stack.status()
    const leader = controllers.find(({ role }) => role === 'leader')
    if (leader === undefined) throw new Error('nobody leads')
    return leader.name
  }

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

  test('runs nothing of its own as root but the agent, which has one right; none may gain more', async () => {
    for (const name of OURS.filter((one) => !NOT_OURS.includes(one))) {
      const uid = (await stack.must('exec', '-T', name, 'id', '-u')).trim()
      expect(uid, name).toBe(name === 'director' ? '0' : '1000')
    }
    for (const name of OURS) {
      const proc = await stack.must('exec', '-T', name, 'cat', '/proc/1/status')
      const effective = /^CapEff:\s*(\w+)$/m.exec(proc)?.[1] ?? ''
      expect(Number.parseInt(effective, 16), name).toBe(name === 'director' ? NET_ADMIN : 0)
      expect(proc, name).toMatch(/^NoNewPrivs:\s*1$/m)
    }
  })

  test('is one image for all of ours, and adds little to what it is made from', async () => {
    const bytes = await stack.imageBytes()
    expect(bytes.own).toBeGreaterThan(0)
    expect(bytes.own).toBeLessThan(MOST_OWN_BYTES)
    const files = await stack.must('exec', '-T', 'controller-1', 'ls', '/app', '/app/node_modules')
    expect(files).toContain('koffi')
    expect(files).not.toMatch(/vitest|typescript|biome|grafana|^test$|^services$/m)
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

  test('has all that Grafana is provisioned with where it looks, and readable for it', async () => {
    const files = await stack.must(
      ...['exec', '-T', 'grafana', 'ls', '-R', '/etc/grafana/provisioning'],
      ...['/etc/grafana/dashboards', '/run/secrets'],
    )
    for (const name of readdirSync(DASHBOARDS)) expect(files).toContain(name)
    for (const name of ['influx-grafana', 'grafana-admin']) expect(files).toContain(name)
    const rules = await stack.must(
      ...['exec', '-T', 'grafana', 'cat', '/etc/grafana/provisioning/alerting/rules.yaml'],
      ...['/run/secrets/influx-grafana', '/etc/grafana/dashboards/alerts.json'],
    )
    expect(rules).toContain('apiVersion: 1')
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
    const leader = await leaderName()
    await stack.must('kill', leader)
    await until('the other one leads', async () => {
      const name = await leaderName()
      return name === leader ? `${name} still leads` : ''
    })
    await tableIs({ web1: 10, web2: 0 })
    await stack.must('stop', '--timeout', '1', 'web1')
    await tableIs({ web1: 0, web2: 0 })
  })

  test('goes down whole', async () => {
    await stack.must('down', '--volumes', '--remove-orphans', '--timeout', '5')
    expect(await stack.health()).toEqual({})
  })
})
