import { afterEach, describe, expect, test } from 'vitest'
import { degraded, fail, inconclusive, type Outcome, pass } from '../../../probes/check.ts'
import type { RunLimits, RunResult } from '../../../probes/run-check.ts'
import { createProber, type Prober, type ProberPorts } from '../../../services/prober/prober.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import type { CheckSpec, ProbeId } from '../../../services/shared/domain/check-spec.ts'
import {
  decodeObservations,
  type ObservationFrame,
} from '../../../services/shared/wire/observation-frame.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const probers: Prober[] = []
afterEach(async () => {
  for (const prober of probers.splice(0)) await prober.stop()
})

function spec(name: string, more: Partial<CheckSpec> = {}): CheckSpec {
  return {
    label: 'http',
    probe: `http/${name}` as ProbeId,
    kind: 'http',
    target: { address: '10.0.0.1', family: 4, port: 80 },
    options: {},
    intervalMs: 2000,
    fastIntervalMs: 500,
    timeoutMs: 1000,
    jitter: 0,
    rise: 2,
    fall: 3,
    tripwire: false,
    ...more,
  }
}

interface SetUp extends Partial<ProberPorts> {
  readonly maxInFlight?: number
}

async function setUp({ maxInFlight, ...ports }: SetUp = {}) {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const frames: ObservationFrame[] = []
  const runs: { probe: string; at: number; kind: string; limits: RunLimits }[] = []
  const outcomes = new Map<string, Outcome>()
  bus.subscribe('lvs.shop.observations.*', (payload) => frames.push(decodeObservations(payload)))

  function runProbe(run: CheckSpec, limits: RunLimits): Promise<RunResult> {
    runs.push({ probe: run.probe, at: clock.monotonic(), kind: run.kind, limits })
    return new Promise((resolve) => {
      const outcome = outcomes.get(run.probe) ?? pass('200 OK')
      clock.after(20, () => resolve({ outcome, durationMs: 20 }))
    })
  }

  const config = {
    name: 'p1',
    vantage: 'here',
    cluster: 'shop',
    ...(maxInFlight === undefined ? {} : { maxInFlight }),
  }
  const prober = createProber(config, { bus, clock, random: () => 0.5, runProbe, ...ports })
  probers.push(prober)
  await prober.start()
  const seen = () => frames.flatMap(({ observations }) => observations)
  return { clock, bus, frames, runs, outcomes, prober, seen }
}

describe('the prober', () => {
  test('publishes what it saw, with its name, place and time', async () => {
    const { clock, frames, prober } = await setUp()
    prober.setProbes([spec('a')])
    await clock.advance(2100)
    expect(frames[0]).toEqual({
      prober: 'p1',
      vantage: 'here',
      observations: [
        {
          probe: 'http/a',
          at: expect.any(Number),
          durationMs: 20,
          outcome: { outcome: 'pass', detail: '200 OK' },
        },
      ],
    })
  })

  test('hurries from the first failure until the verdict is settled, then goes back', async () => {
    const { clock, runs, outcomes, prober } = await setUp()
    prober.setProbes([spec('a')])
    await clock.advance(20_000)
    outcomes.set('http/a', fail('connect', 'connect.refused', 'refused'))
    const before = runs.length
    await clock.advance(20_000)
    const gaps = runs.slice(before).map(({ at }, index, all) => at - (all[index - 1]?.at ?? at))
    expect(gaps.slice(1, 3)).toEqual([500, 500])
    for (const gap of gaps.slice(4)) expect(gap).toBe(2000)
  })

  test('hands on what a slow answer is', async () => {
    const { clock, runs, prober } = await setUp()
    const slow = { afterMs: 300, factor: 0.5 }
    prober.setProbes([spec('a', { slow }), spec('b')])
    await clock.advance(2100)
    const [a, b] = ['http/a', 'http/b'].map((probe) => runs.find((run) => run.probe === probe))
    expect(a?.limits.slow).toEqual(slow)
    expect(b?.limits).not.toHaveProperty('slow')
  })

  test('puts plain connects between two runs of a check that passes', async () => {
    const { clock, runs, prober } = await setUp()
    prober.setProbes([spec('a', { connectsBetween: 3 })])
    await clock.advance(30_000)
    const kinds = runs.map(({ kind }) => kind)
    expect(kinds.slice(0, 10)).toEqual([
      ...['http', 'http'],
      ...['tcp', 'tcp', 'tcp', 'http', 'tcp', 'tcp', 'tcp', 'http'],
    ])
  })

  test.each([
    ['fails', fail('protocol', 'http.status', 'want status 200-299, got 500')],
    ['is degraded', degraded(0.5, 'http.slow', 'took 700 ms')],
  ])('puts no connects after a check that %s', async (_, outcome) => {
    const { clock, runs, outcomes, prober } = await setUp()
    prober.setProbes([spec('a', { connectsBetween: 3 })])
    await clock.advance(20_000)
    outcomes.set('http/a', outcome)
    await clock.advance(8000)
    const before = runs.length
    await clock.advance(20_000)
    expect(new Set(runs.slice(before).map(({ kind }) => kind))).toEqual(new Set(['http']))
    outcomes.delete('http/a')
    await clock.advance(20_000)
    expect(runs.at(-1)?.kind === 'tcp' || runs.at(-2)?.kind === 'tcp').toBe(true)
  })

  test("runs a monitor of mon's once for all real servers that need it", async () => {
    const { clock, runs, prober, seen } = await setUp()
    const options = {
      command: ['/bin/sh', '-c', 'echo "$2"; echo run >&2; exit 1', 'sh'],
      contract: 'mon',
    }
    const servers = ['a', 'b', 'c'].map((name, index) => {
      const target = { address: `10.0.0.${index + 1}`, family: 4, port: 80 } as const
      return spec(name, { kind: 'exec', options, target })
    })
    prober.setProbes(servers)
    await clock.advance(2000)
    await expect.poll(() => clock.advance(10).then(() => seen().length)).toBeGreaterThanOrEqual(3)
    expect(runs).toEqual([])
    const verdicts = seen().slice(0, 3)
    expect(verdicts.map(({ probe, outcome }) => [probe, outcome.outcome])).toEqual([
      ['http/a', 'pass'],
      ['http/b', 'fail'],
      ['http/c', 'pass'],
    ])
    expect(new Set(verdicts.map(({ at }) => at)).size).toBe(1)
    prober.setProbes(servers.slice(0, 1))
    // A run that was under way still says what it has seen.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await clock.advance(200)
    const before = seen().length
    await clock.advance(2000)
    await expect.poll(() => clock.advance(10).then(() => seen().length)).toBeGreaterThan(before)
    expect(
      new Set(
        seen()
          .slice(before)
          .map(({ probe }) => probe),
      ),
    ).toEqual(new Set(['http/a']))
  })

  test('says news at once and what is steady within a tenth of a second', async () => {
    const { clock, frames, outcomes, runs, prober } = await setUp()
    prober.setProbes([spec('a')])
    await clock.advance(20_000)
    const steadyRun = runs.length
    while (runs.length === steadyRun) await clock.advance(1)
    const count = frames.length
    await clock.advance(20)
    expect(frames.length).toBe(count)
    await clock.advance(100)
    expect(frames.length).toBe(count + 1)
    outcomes.set('http/a', fail('connect', 'connect.refused', 'refused'))
    const nextRun = runs.length
    while (runs.length === nextRun) await clock.advance(1)
    await clock.advance(20)
    expect(frames.length).toBe(count + 2)
    expect(frames.at(-1)?.observations.at(-1)?.outcome.outcome).toBe('fail')
  })

  test('puts steady observations of many probes into few frames', async () => {
    const { clock, frames, seen, prober } = await setUp()
    prober.setProbes(Array.from({ length: 200 }, (_, index) => spec(String(index))))
    await clock.advance(10_000)
    const [framesBefore, seenBefore] = [frames.length, seen().length]
    await clock.advance(2000)
    expect(seen().length - seenBefore).toBeGreaterThan(190)
    expect(frames.length - framesBefore).toBeLessThanOrEqual(20)
  })

  test('a target that hangs delays nobody else', async () => {
    const { clock, seen, prober } = await setUp({
      runProbe: (run) =>
        run.probe === 'http/slow'
          ? new Promise(() => undefined)
          : Promise.resolve({ outcome: pass('ok'), durationMs: 1 }),
    })
    prober.setProbes([spec('slow'), spec('quick')])
    await clock.advance(20_000)
    expect(seen().filter(({ probe }) => probe === 'http/quick').length).toBeGreaterThanOrEqual(10)
  })

  test('has no more runs under way than allowed, and none is forgotten', async () => {
    let inFlight = 0
    let most = 0
    const clock = createManualClock()
    const { prober, seen } = await setUp({
      clock,
      maxInFlight: 3,
      async runProbe() {
        most = Math.max(most, ++inFlight)
        await new Promise<void>((resolve) => clock.after(30, resolve))
        inFlight--
        return { outcome: pass('ok'), durationMs: 30 }
      },
    })
    prober.setProbes(Array.from({ length: 100 }, (_, index) => spec(String(index))))
    await clock.advance(6000)
    expect(most).toBe(3)
    expect(new Set(seen().map(({ probe }) => probe)).size).toBe(100)
  })

  test('a new list stops what is gone, starts what is new and leaves the rest as it was', async () => {
    const { clock, runs, prober } = await setUp()
    prober.setProbes([spec('a'), spec('b')])
    await clock.advance(9000)
    const last = runs.filter(({ probe }) => probe === 'http/a').at(-1)?.at ?? 0
    prober.setProbes([spec('a', { rise: 5 }), spec('c')])
    const from = runs.length
    await clock.advance(9000)
    const later = runs.slice(from)
    expect(later.some(({ probe }) => probe === 'http/b')).toBe(false)
    expect(later.some(({ probe }) => probe === 'http/c')).toBe(true)
    expect(later.find(({ probe }) => probe === 'http/a')?.at).toBe(last + 2000)
  })

  test('trouble of its own slows down rather than hurries, and counts for nothing', async () => {
    const { clock, runs, outcomes, seen, prober } = await setUp()
    outcomes.set('http/a', inconclusive('local.emfile', 'no file descriptor is left'))
    prober.setProbes([spec('a')])
    await clock.advance(20_000)
    expect(runs.length).toBeLessThanOrEqual(12)
    expect(seen().every(({ outcome }) => outcome.outcome === 'inconclusive')).toBe(true)
  })

  test('a check that breaks is inconclusive and the prober goes on', async () => {
    const { clock, seen, prober } = await setUp({
      runProbe: () => Promise.reject(new TypeError('not a function')),
    })
    prober.setProbes([spec('a')])
    await clock.advance(10_000)
    expect(seen().length).toBeGreaterThan(3)
    expect(seen()[0]?.outcome).toMatchObject({ outcome: 'inconclusive', code: 'run.broken' })
  })

  test('a kind of check that it does not know is inconclusive', async () => {
    const clock = createManualClock()
    const bus = createMemoryBus({ clock })
    const prober = createProber({ name: 'p', vantage: 'v', cluster: 'shop' }, { bus, clock })
    const [result] = await prober.checkNow([spec('a', { kind: 'gopher' })])
    expect(result?.outcome).toMatchObject({ outcome: 'inconclusive', code: 'check.unknown' })
  })

  test('a tripwire is held after a pass, starts its check at once and is closed with its probe', async () => {
    let trip: (reason: string) => void = () => undefined
    let open = 0
    const { clock, runs, prober } = await setUp({
      openTripwire(_, onTrip) {
        open++
        trip = onTrip
        return { close: () => open-- }
      },
    })
    prober.setProbes([spec('a', { tripwire: true }), spec('b')])
    expect(open).toBe(0)
    await clock.advance(10_050)
    expect(open).toBe(1)
    const before = runs.filter(({ probe }) => probe === 'http/a').length
    trip('closed')
    expect(runs.filter(({ probe }) => probe === 'http/a')).toHaveLength(before + 1)
    expect(runs.at(-1)).toMatchObject({ probe: 'http/a', at: clock.monotonic() })
    prober.setProbes([spec('a', { tripwire: false }), spec('b')])
    expect(open).toBe(0)
    prober.setProbes([spec('a', { tripwire: true })])
    await clock.advance(2500)
    expect(open).toBe(1)
    await prober.stop()
    expect(open).toBe(0)
  })

  test('stopping cancels what is under way and says nothing more', async () => {
    const stopped: boolean[] = []
    const { clock, frames, prober } = await setUp({
      runProbe: (_, { stop }) =>
        new Promise((resolve) => {
          stop?.onExpire(() => {
            stopped.push(true)
            resolve({ outcome: inconclusive('run.stopped', 'stopped'), durationMs: 1 })
          })
        }),
    })
    prober.setProbes([spec('a'), spec('b')])
    await clock.advance(2500)
    await prober.stop()
    await clock.advance(5000)
    expect(stopped).toEqual([true, true])
    expect(frames).toEqual([])
    expect(clock.pending()).toBe(0)
  })

  test('checkNow runs once with the dialogue and publishes nothing', async () => {
    const { frames, prober } = await setUp({
      async runProbe(_, { transcript, timeoutMs }) {
        transcript?.note(`connected within ${timeoutMs} ms`)
        transcript?.sent('GET / HTTP/1.1')
        transcript?.received('HTTP/1.1 200 OK')
        return { outcome: pass('200 OK'), durationMs: 3 }
      },
    })
    const wanted = [spec('a'), spec('b')]
    const results = await prober.checkNow(wanted)
    expect(results.map((result) => result.spec)).toEqual(wanted)
    expect(results[0]).toMatchObject({
      outcome: { outcome: 'pass' },
      durationMs: 3,
      transcript: [
        { direction: 'note', text: 'connected within 1000 ms' },
        { direction: 'sent', text: 'GET / HTTP/1.1' },
        { direction: 'received', text: 'HTTP/1.1 200 OK' },
      ],
    })
    expect(frames).toEqual([])
  })
})
