import { afterEach, describe, expect, test } from 'vitest'
import {
  createHealthServer,
  type HealthServer,
} from '../../../services/shared/runtime/health-server.ts'
import { createMetrics } from '../../../services/shared/runtime/metrics.ts'
import { createReadiness } from '../../../services/shared/runtime/readiness.ts'

const running: HealthServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

async function start(port = 0) {
  const readiness = createReadiness()
  const metrics = createMetrics()
  const server = createHealthServer({
    listen: { host: '127.0.0.1', port },
    service: 'prober',
    name: 'p1',
    readiness,
    metrics,
  })
  running.push(server)
  await server.start()
  const bound = server.address()?.port ?? 0
  const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${bound}${path}`, init)
  return { readiness, metrics, get, port: bound }
}

describe('the health server', () => {
  test('/healthz is good as long as the process turns, ready or not', async () => {
    const { get, readiness } = await start()
    readiness.add('bus', () => 'away')
    const response = await get('/healthz')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ ok: true, service: 'prober', name: 'p1' })
  })

  test('/readyz says which part is not ready and why', async () => {
    const { get, readiness } = await start()
    let why: string | undefined = 'no cluster file applied yet'
    readiness.add('bus', () => undefined)
    readiness.add('cluster file', () => why)
    const response = await get('/readyz')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({
      ready: false,
      parts: [{ part: 'bus' }, { part: 'cluster file', why }],
    })
    why = undefined
    const later = await get('/readyz')
    expect(later.status).toBe(200)
    expect(await later.json()).toMatchObject({ ready: true, parts: [{}, {}] })
  })

  test('a part that was taken away says nothing any more', () => {
    const readiness = createReadiness()
    const forget = readiness.add('lease', () => 'held by another')
    readiness.add('lease', () => 'replaced')
    forget()
    expect(readiness.states()).toEqual([{ part: 'lease', why: 'replaced' }])
  })

  test('/metrics is what the metrics say', async () => {
    const { get, metrics } = await start()
    metrics.gauge('lvs_warden_queue', { help: 'Waiting.' }).set({}, 4)
    const response = await get('/metrics')
    expect(response.headers.get('content-type')).toContain('text/plain')
    expect(await response.text()).toContain('lvs_warden_queue 4')
  })

  test('a figure that cannot be had is an answer, and the server goes on', async () => {
    const { get, metrics } = await start()
    const stop = metrics.onLook(() => {
      throw new Error('the table is away')
    })
    const response = await get('/metrics')
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({ error: 'the table is away' })
    stop()
    expect((await get('/metrics')).status).toBe(200)
  })

  test('nothing can be changed and nothing else is there', async () => {
    const { get } = await start()
    expect((await get('/healthz', { method: 'POST', body: 'x' })).status).toBe(405)
    expect((await get('/')).status).toBe(404)
    const head = await get('/readyz?verbose', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
  })

  test('an address that is taken is said so', async () => {
    const { port } = await start()
    await expect(start(port)).rejects.toMatchObject({
      code: 'health.unusable',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })
})
