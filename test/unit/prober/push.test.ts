import { afterEach, describe, expect, test } from 'vitest'
import { createProberService } from '../../../services/prober/prober-service.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import type { Service } from '../../../services/shared/runtime/service.ts'
import { api } from '../../../services/shared/wire/api.ts'
import {
  decodeObservations,
  type ObservationFrame,
} from '../../../services/shared/wire/observation-frame.ts'
import { apiSubject } from '../../../services/shared/wire/subjects.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { putRevision } from '../../support/put-revision.ts'
import { clusterOf } from '../cluster-file/parse.ts'

const FILE = `
cluster: shop
realServers: { web1: 10.0.0.11, web2: 10.0.0.12 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    check: { type: push, period: 30s }
    realServers: { web1: , web2: }
  api:
    address: 192.0.2.10:8080/tcp
    forwarding: masquerade
    check: { type: push, period: 30s }
    realServers: { web1: , web2: { check: none } }
`

const services: Service[] = []
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

async function setUp() {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const frames: ObservationFrame[] = []
  bus.subscribe('lvs.shop.observations.*', (payload) => frames.push(decodeObservations(payload)))
  const cluster = await clusterOf(FILE)
  await putRevision(bus, cluster, FILE)
  const service = createProberService(
    { name: 'p1', vantage: 'here', cluster: 'shop' },
    { bus, clock, random: () => 0.5 },
  )
  services.push(service)
  await service.start()
  await bus.settled()

  async function say(target: string, state: string, message = '') {
    const payload = api.push.request.encode({ target, state, message })
    const reply = await bus.request(apiSubject('shop', 'push'), payload, 1000)
    return api.push.response.decode(reply).pushed
  }

  function probeOf(service: string, server: string) {
    const found = cluster.virtualServices.find(({ name }) => name === service)
    return found?.realServers.find(({ name }) => name === server)?.checks[0]?.probe
  }

  /** The last outcome of one real server's check. */
  function last(service: string, server: string) {
    const seen = frames.flatMap(({ observations }) => observations)
    const outcome = seen.findLast(({ probe }) => probe === probeOf(service, server))?.outcome
    return outcome?.outcome === 'pass' ? 'pass' : outcome && `${outcome.outcome} ${outcome.code}`
  }

  /** Runs end in microtasks, frames leave on the clock. */
  async function pass(ms: number) {
    for (let passed = 0; passed < ms; passed += 100) await clock.advance(Math.min(100, ms - passed))
  }
  return { say, last, pass }
}

describe('words of a server about itself', () => {
  test('are looked at once they are heard, in the service that they are for', async () => {
    const { say, last, pass } = await setUp()
    await pass(3000)
    expect(last('web', 'web1')).toBe('inconclusive push.waiting')
    expect(await say('web/web1', 'ok')).toEqual([{ service: 'web', server: 'web1', label: 'push' }])
    await pass(200)
    expect(last('web', 'web1')).toBe('pass')
    expect(last('web', 'web2')).toBe('inconclusive push.waiting')
    await pass(2000)
    expect(last('api', 'web1')).toBe('inconclusive push.waiting')
  })

  test('for a server are for all of its services', async () => {
    const { say, last, pass } = await setUp()
    await pass(100)
    expect(await say('web1', '75%')).toHaveLength(2)
    await pass(3000)
    expect(last('web', 'web1')).toBe('degraded push.weight')
    expect(last('api', 'web1')).toBe('degraded push.weight')
  })

  test('end with silence', async () => {
    const { say, last, pass } = await setUp()
    await say('web/web1', 'ok')
    await pass(28_000)
    expect(last('web', 'web1')).toBe('pass')
    expect(last('web', 'web2')).toBe('inconclusive push.waiting')
    await pass(5000)
    expect(last('web', 'web1')).toBe('fail push.silent')
    expect(last('web', 'web2')).toBe('fail push.silent')
    await say('web/web1', 'ok')
    await pass(200)
    expect(last('web', 'web1')).toBe('pass')
  })

  test('about nobody, and for nobody, are refused', async () => {
    const { say } = await setUp()
    await expect(say('web/web9', 'ok')).rejects.toMatchObject({ code: 'api.unknown-target' })
    await expect(say('api/web2', 'ok')).rejects.toMatchObject({
      code: 'api.refused',
      message: expect.stringContaining('no check of type push'),
    })
  })

  test.each(['OK', '101%', '-1%', '', 'up'])('that nobody knows are refused: %j', (state) => {
    const request = api.push.requestSchema.safeParse({ target: 'web1', state })
    expect(request.success).toBe(false)
  })
})
