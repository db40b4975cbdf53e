import { afterEach, describe, expect, test } from 'vitest'
import { fail, type Outcome, pass } from '../../../probes/check.ts'
import { createProberService } from '../../../services/prober/prober-service.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import type { Service } from '../../../services/shared/runtime/service.ts'
import { api } from '../../../services/shared/wire/api.ts'
import { apiSubject } from '../../../services/shared/wire/subjects.ts'
import { createCuttableBus } from '../../support/cuttable-bus.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { putRevision } from '../../support/put-revision.ts'
import { clusterOf } from '../cluster-file/parse.ts'

const SERVERS = 40
const INTERVAL_MS = 2000

/** One run of a check, by whom and when. */
interface Run {
  readonly prober: string
  readonly target: string
  readonly at: number
}

const services: Service[] = []
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

function fileOf(extra = '', keys = ''): string {
  const hosts = Array.from({ length: SERVERS }, (_, index) => `web${index}: 10.0.0.${index + 1}`)
  const names = Array.from({ length: SERVERS }, (_, index) => `web${index}:`)
  return `cluster: shop
realServers: { ${hosts.join(', ')} }
${extra}virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    check: { type: tcp, interval: ${INTERVAL_MS}ms, timeout: 1s }
${keys}    realServers: { ${names.join(', ')} }
`
}

async function setUp(file = fileOf()) {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const runs: Run[] = []
  const blind = new Set<string>()
  await putRevision(bus, await clusterOf(file), file)

  async function join(name: string, vantage = 'dc1') {
    const line = createCuttableBus(bus)
    const service = createProberService(
      { name, vantage, cluster: 'shop' },
      {
        bus: line,
        clock,
        random: () => 0.5,
        runProbe({ target, kind }) {
          if (kind === 'tcp') runs.push({ prober: name, target: target.address, at: clock.now() })
          return new Promise((resolve) => {
            const outcome: Outcome = blind.has(name)
              ? fail('connect', 'connect.unreachable', 'no route')
              : pass('connected')
            clock.after(5, () => resolve({ outcome, durationMs: 5 }))
          })
        },
      },
    )
    services.push(service)
    await service.start()
    return { line, service }
  }

  /** Time passes in steps small enough for runs to end in time. */
  async function wait(ms: number) {
    for (let passed = 0; passed < ms; passed += 50) await clock.advance(50)
  }

  /** How many checks each prober ran since then. */
  function sharesSince(at: number): Record<string, number> {
    const targets = new Map<string, Set<string>>()
    for (const run of runs) {
      if (run.at < at) continue
      targets.set(run.prober, (targets.get(run.prober) ?? new Set()).add(run.target))
    }
    return Object.fromEntries([...targets].map(([prober, seen]) => [prober, seen.size]))
  }

  /** The longest time between two runs of one check, and the most runs of one in an interval. */
  function strain(from: number, to: number): { gapMs: number; most: number } {
    let gapMs = 0
    let most = 0
    const byTarget = new Map<string, Run[]>()
    for (const run of runs) {
      byTarget.set(run.target, [...(byTarget.get(run.target) ?? []), run])
    }
    for (const list of byTarget.values()) {
      const times = list.map(({ at }) => at).filter((at) => at >= from && at <= to)
      for (const [index, at] of times.entries()) {
        gapMs = Math.max(gapMs, at - (times[index - 1] ?? at))
        // Two probers wake up some milliseconds apart.
        const near = times.filter((other) => other > at - INTERVAL_MS + 50 && other <= at)
        most = Math.max(most, near.length)
      }
    }
    return { gapMs, most }
  }

  return { clock, bus, runs, blind, join, wait, sharesSince, strain }
}

describe('probers of one vantage', () => {
  test('share the checks, each run by one in its interval', async () => {
    const { clock, join, wait, sharesSince, strain } = await setUp()
    for (const name of ['p1', 'p2', 'p3']) await join(name)
    await wait(4000)
    const from = clock.now()
    await wait(20_000)
    const shares = sharesSince(from)
    expect(Object.keys(shares).sort()).toEqual(['p1', 'p2', 'p3'])
    expect(Object.values(shares).reduce((a, b) => a + b)).toBe(SERVERS)
    expect(strain(from, clock.now())).toEqual({ gapMs: INTERVAL_MS, most: 1 })
  })

  test('who comes takes its share over without a gap and without double runs', async () => {
    const { clock, join, wait, sharesSince, strain } = await setUp()
    await join('p1')
    await wait(10_000)
    const from = clock.now()
    await join('p2')
    await wait(10_000)
    expect(Object.keys(sharesSince(clock.now() - 3000)).sort()).toEqual(['p1', 'p2'])
    const { gapMs, most } = strain(from - 4000, clock.now())
    expect(gapMs).toBeLessThanOrEqual(INTERVAL_MS + 50)
    // Its first pass is settled by a second one soon after.
    expect(most).toBeLessThanOrEqual(2)
  })

  test('who stops hands its share over at once', async () => {
    const { clock, join, wait, sharesSince, strain } = await setUp()
    await join('p1')
    const { service } = await join('p2')
    await wait(10_000)
    const from = clock.now()
    await service.stop()
    await wait(10_000)
    expect(sharesSince(clock.now() - 3000)).toEqual({ p1: SERVERS })
    expect(strain(from - 4000, clock.now()).gapMs).toBeLessThanOrEqual(INTERVAL_MS + 250)
  })

  test('who dies is missed for three heartbeats, and its checks are run at once then', async () => {
    const { clock, join, wait, sharesSince, strain } = await setUp()
    await join('p1')
    const { service, line } = await join('p2')
    await wait(10_000)
    const from = clock.now()
    line.cut()
    await service.stop()
    await wait(10_000)
    expect(sharesSince(clock.now() - 3000)).toEqual({ p1: SERVERS })
    // It may have died just before the next run of a check; 3.2 s and two looks to be sure of it.
    const { gapMs } = strain(from - 4000, clock.now())
    expect(gapMs).toBeLessThanOrEqual(INTERVAL_MS + 3200 + 500)
  })

  test('the bus may be away: everybody goes on with its share', async () => {
    const { clock, join, wait, sharesSince, strain } = await setUp()
    const lines = [await join('p1'), await join('p2')]
    await wait(10_000)
    const before = sharesSince(clock.now() - 3000)
    const from = clock.now()
    for (const { line } of lines) line.cut()
    await wait(30_000)
    expect(sharesSince(clock.now() - 3000)).toEqual(before)
    for (const { line } of lines) line.mend()
    await wait(10_000)
    expect(sharesSince(clock.now() - 3000)).toEqual(before)
    expect(strain(from, clock.now())).toEqual({ gapMs: INTERVAL_MS, most: 1 })
  })

  test('who does not see its canaries any more leaves the checks to the others', async () => {
    const file = fileOf('vantages: { dc1: { canaries: [10.9.0.1] } }\n')
    const { clock, join, wait, sharesSince, blind } = await setUp(file)
    await join('p1')
    await join('p2')
    await wait(10_000)
    blind.add('p2')
    await wait(6000)
    expect(sharesSince(clock.now() - 3000)).toEqual({ p1: SERVERS })
    blind.delete('p2')
    await wait(8000)
    expect(Object.keys(sharesSince(clock.now() - 3000)).sort()).toEqual(['p1', 'p2'])
  })
})

describe('probers of several vantages', () => {
  test('each vantage runs what is looked at from there', async () => {
    const { clock, join, wait, sharesSince, runs } = await setUp(
      fileOf('', '    probeFrom: [dc1, dc2]\n'),
    )
    await join('p1', 'dc1')
    await join('p2', 'dc2')
    await join('p3', 'elsewhere')
    await wait(6000)
    expect(sharesSince(clock.now() - 3000)).toEqual({ p1: SERVERS, p2: SERVERS })
    expect(runs.some(({ prober }) => prober === 'p3')).toBe(false)
  })

  async function check(bus: ReturnType<typeof createMemoryBus>, from?: string) {
    const request = { target: 'web/web1', ...(from !== undefined && { from }) }
    const reply = await bus.request(
      apiSubject('shop', 'check'),
      api.check.request.encode(request),
      5000,
    )
    return api.check.response.decode(reply).runs.map(({ prober, vantage }) => ({ prober, vantage }))
  }

  test('a check that an operator asks for is run from where it is looked at', async () => {
    const { bus, join, wait } = await setUp(fileOf('', '    probeFrom: [dc2, dc3]\n'))
    await join('p1', 'dc1')
    await join('p3', 'dc3')
    await wait(3000)
    const asked = check(bus)
    await wait(100)
    expect(await asked).toEqual([{ prober: 'p3', vantage: 'dc3' }])
  })

  test('or from the vantage that is asked for, and where nobody looks that is an error', async () => {
    const { bus, join, wait } = await setUp()
    await join('p1', 'dc1')
    await join('p2', 'dc2')
    await wait(3000)
    const asked = check(bus, 'dc2')
    await wait(100)
    expect(await asked).toEqual([{ prober: 'p2', vantage: 'dc2' }])
    await expect(check(bus, 'dc9')).rejects.toMatchObject({
      code: 'api.no-prober',
      message: 'no prober looks from vantage dc9; there are probers in: dc1, dc2',
    })
  })
})
