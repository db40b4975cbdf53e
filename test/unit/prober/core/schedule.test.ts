import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Schedule, type Timing } from '../../../../services/prober/core/schedule.ts'
import type { ProbeId } from '../../../../services/shared/domain/check-spec.ts'

const EVERY_2S: Timing = { intervalMs: 2000, fastIntervalMs: 500, jitter: 0 }
const id = (text: string | number) => `http/10.0.0.${text}:80` as ProbeId
const MIDDLE = 0.5

/** Runs a schedule for a while, each run taking `durationMs`; returns when each probe began. */
function play(
  schedule: Schedule,
  untilMs: number,
  {
    durationMs = 5,
    isFast = (_: ProbeId): boolean => false,
    random = (): number => MIDDLE,
    fromMs = 0,
    stepMs = 5,
  } = {},
): Map<ProbeId, number[]> {
  const starts = new Map<ProbeId, number[]>()
  let ends: { at: number; probe: ProbeId }[] = []
  for (let now = fromMs; now <= untilMs; now += stepMs) {
    for (const { at, probe } of ends) {
      if (at <= now) schedule.finish(probe, now, isFast(probe), random())
    }
    ends = ends.filter(({ at }) => at > now)
    for (const probe of schedule.take(now, 1e6)) {
      starts.set(probe, [...(starts.get(probe) ?? []), now])
      ends.push({ at: now + durationMs, probe })
    }
  }
  return starts
}

describe('the schedule', () => {
  test('runs each probe once within two seconds of adding it, then once an interval', () => {
    const schedule = new Schedule()
    const timing = { intervalMs: 10_000, fastIntervalMs: 1000, jitter: 0 }
    for (let i = 0; i < 50; i++) schedule.set(id(i), timing, 0)
    const starts = play(schedule, 60_000)
    expect(starts.size).toBe(50)
    for (const times of starts.values()) {
      expect(times[0]).toBeLessThanOrEqual(2005)
      const gaps = times.slice(2).map((time, index) => time - (times[index + 1] ?? 0))
      for (const gap of gaps) expect(Math.abs(gap - 10_000)).toBeLessThanOrEqual(5)
    }
  })

  test('spreads 10,000 probes evenly over the interval', () => {
    const schedule = new Schedule()
    for (let i = 0; i < 10_000; i++) schedule.set(id(i), EVERY_2S, 0)
    const starts = play(schedule, 8000)
    const perSlice = new Map<number, number>()
    for (const times of starts.values()) {
      for (const time of times.filter((at) => at >= 4000 && at < 8000)) {
        const slice = Math.floor(time / 100)
        perSlice.set(slice, (perSlice.get(slice) ?? 0) + 1)
      }
    }
    expect(perSlice.size).toBe(40)
    for (const count of perSlice.values()) {
      expect(count).toBeGreaterThan(400)
      expect(count).toBeLessThan(600)
    }
  })

  test('a probe has the same phase in every process and after every restart', () => {
    const first = new Schedule()
    const second = new Schedule()
    first.set(id(1), EVERY_2S, 0)
    second.set(id(1), EVERY_2S, 7300)
    const early = play(first, 20_000).get(id(1)) ?? []
    const late = play(second, 20_000, { fromMs: 7300 }).get(id(1)) ?? []
    expect(late.slice(1)).toEqual(early.slice(-late.length + 1))
  })

  test('an unsettled probe runs on its fast interval, counted from start to start', () => {
    const schedule = new Schedule()
    schedule.set(id(1), EVERY_2S, 0)
    const starts = play(schedule, 10_000, { isFast: () => true, durationMs: 200 }).get(id(1)) ?? []
    const gaps = starts.slice(1).map((time, index) => time - (starts[index] ?? 0))
    expect(new Set(gaps)).toEqual(new Set([500]))
  })

  test('jitter moves runs to both sides and loses none', () => {
    const schedule = new Schedule()
    schedule.set(id(1), { ...EVERY_2S, jitter: 0.25 }, 0)
    let turn = 0
    const random = () => (turn++ % 2 === 0 ? 0 : 0.999)
    const starts = play(schedule, 40_000, { random }).get(id(1)) ?? []
    const gaps = starts.slice(2).map((time, index) => time - (starts[index + 1] ?? 0))
    expect(Math.min(...gaps)).toBeLessThan(1100)
    expect(Math.max(...gaps)).toBeGreaterThan(2900)
    expect(starts.length).toBeGreaterThanOrEqual(20)
    expect(starts.length).toBeLessThanOrEqual(21)
  })

  test('never runs one probe twice at once, and runs that are too long leave points out', () => {
    const schedule = new Schedule()
    schedule.set(id(1), EVERY_2S, 0)
    const starts = play(schedule, 30_000, { durationMs: 4500 }).get(id(1)) ?? []
    for (const [index, time] of starts.slice(1).entries()) {
      expect(time - (starts[index] ?? 0)).toBeGreaterThanOrEqual(4500)
    }
    expect(starts.length).toBeGreaterThan(4)
  })

  test('after a pause of a minute runs are as flat as before, with none made up for', () => {
    const schedule = new Schedule()
    for (let i = 0; i < 1000; i++) schedule.set(id(i), EVERY_2S, 0)
    play(schedule, 10_000)
    const starts = [...play(schedule, 72_000, { fromMs: 70_000 }).values()].flat()
    const atOnce = starts.filter((time) => time === 70_000).length
    expect(atOnce).toBeLessThan(50)
    expect(starts.length).toBeGreaterThan(900)
    expect(starts.length).toBeLessThan(1100)
  })

  test('a loop that is always late still runs everything', () => {
    const schedule = new Schedule()
    for (let i = 0; i < 100; i++) schedule.set(id(i), EVERY_2S, 0)
    const starts = play(schedule, 100_000, { stepMs: 1900 })
    expect(starts.size).toBe(100)
    for (const times of starts.values()) expect(times.length).toBeGreaterThan(10)
  })

  test('takes no more than there is room for, the longest due first', () => {
    const schedule = new Schedule()
    for (let i = 0; i < 10; i++) schedule.set(id(i), EVERY_2S, 0)
    const first = schedule.take(2000, 3)
    const rest = schedule.take(2000, 100)
    expect(first).toHaveLength(3)
    expect(new Set([...first, ...rest]).size).toBe(10)
    expect(schedule.nextDueMs).toBeUndefined()
  })

  test('hurry makes a waiting probe due now, and a running one due after its run', () => {
    const schedule = new Schedule()
    schedule.set(id(1), EVERY_2S, 0)
    schedule.hurry(id(1), 0)
    expect(schedule.take(0, 9)).toEqual([id(1)])
    schedule.hurry(id(1), 1)
    expect(schedule.take(1, 9)).toEqual([])
    schedule.finish(id(1), 2, false, MIDDLE)
    expect(schedule.take(2, 9)).toEqual([id(1)])
    schedule.finish(id(1), 3, false, MIDDLE)
    expect(schedule.nextDueMs).toBeGreaterThan(3)
    schedule.hurry(id(9), 4)
  })

  test('a removed probe runs no more, also when its run was under way', () => {
    const schedule = new Schedule()
    schedule.set(id(1), EVERY_2S, 0)
    schedule.set(id(2), EVERY_2S, 0)
    expect(schedule.take(2000, 9)).toHaveLength(2)
    schedule.remove(id(1))
    schedule.finish(id(1), 2001, false, MIDDLE)
    schedule.finish(id(2), 2001, false, MIDDLE)
    expect(new Set(play(schedule, 20_000, { fromMs: 2005 }).keys())).toEqual(new Set([id(2)]))
  })

  test('a new timing holds from the next run on', () => {
    const schedule = new Schedule()
    schedule.set(id(1), EVERY_2S, 0)
    play(schedule, 10_000)
    schedule.set(id(1), { ...EVERY_2S, intervalMs: 1000 }, 10_000)
    const starts = play(schedule, 20_000, { fromMs: 10_005 }).get(id(1)) ?? []
    expect(starts.length).toBeGreaterThanOrEqual(9)
  })

  test('whatever happens, a probe is waiting or running, and due times are handed out in order', () => {
    const command = fc.oneof(
      fc.record({
        type: fc.constant('set'),
        id: fc.nat(20),
        intervalMs: fc.integer({ min: 1, max: 5000 }),
      }),
      fc.record({ type: fc.constant('remove'), id: fc.nat(20) }),
      fc.record({ type: fc.constant('hurry'), id: fc.nat(20) }),
      fc.record({ type: fc.constant('wait'), ms: fc.integer({ min: 0, max: 9000 }) }),
      fc.record({
        type: fc.constant('finish'),
        fast: fc.boolean(),
        random: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
        const schedule = new Schedule()
        const known = new Set<ProbeId>()
        const running = new Set<ProbeId>()
        let now = 0
        for (const step of commands) {
          if ('intervalMs' in step) {
            schedule.set(
              id(step.id),
              { ...EVERY_2S, intervalMs: step.intervalMs, jitter: 0.3 },
              now,
            )
            known.add(id(step.id))
          } else if ('ms' in step) now += step.ms
          else if ('fast' in step) {
            for (const probe of running) schedule.finish(probe, now, step.fast, step.random)
            running.clear()
          } else if (step.type === 'remove') {
            schedule.remove(id(step.id))
            known.delete(id(step.id))
            running.delete(id(step.id))
          } else schedule.hurry(id(step.id), now)
          for (const probe of schedule.take(now, 5)) {
            expect(known.has(probe)).toBe(true)
            expect(running.has(probe)).toBe(false)
            running.add(probe)
          }
        }
        for (const probe of running) schedule.finish(probe, now, false, MIDDLE)
        const left = new Set(schedule.take(now + 1e6, 1e6))
        for (const probe of schedule.take(now + 2e6, 1e6)) left.add(probe)
        expect(left).toEqual(known)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a probe that moves', () => {
  test('goes on in the times that it had, wherever the clocks of the two processes began', () => {
    fc.assert(
      fc.property(
        fc.nat(99),
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 0, max: 1e9 }),
        (number, bootA, bootB) => {
          const wallMs = Date.UTC(2030, 0, 1)
          const [a, b] = [new Schedule(bootA - wallMs), new Schedule(bootB - wallMs)]
          a.set(id(number), EVERY_2S, bootA)
          const before = play(a, bootA + 9000, { fromMs: bootA }).get(id(number)) ?? []
          b.set(id(number), EVERY_2S, bootB + 9000, bootB + 9000)
          const after = play(b, bootB + 15_000, { fromMs: bootB + 9000 }).get(id(number)) ?? []
          const last = (before.at(-1) ?? 0) - bootA
          const next = (after[0] ?? 0) - bootB
          expect(Math.abs(next - last - EVERY_2S.intervalMs)).toBeLessThanOrEqual(10)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('runs soon when it fell due while nobody ran it, not all at once', () => {
    const schedule = new Schedule()
    for (let i = 0; i < 200; i++) schedule.set(id(i), EVERY_2S, 10_000, 6800)
    const starts = play(schedule, 12_100, { fromMs: 10_000 })
    expect(starts.size).toBe(200)
    const firsts = [...starts.values()].map(([first = 0]) => first)
    expect(Math.max(...firsts)).toBeLessThanOrEqual(10_260)
    expect(new Set(firsts).size).toBeGreaterThan(30)
  })

  test('waits for its time when that is still to come', () => {
    const timing = { intervalMs: 60_000, fastIntervalMs: 1000, jitter: 0 }
    const schedule = new Schedule()
    schedule.set(id(1), timing, 30_000, 29_000)
    const fresh = new Schedule()
    fresh.set(id(1), timing, 0)
    const [, grid = 0] = play(fresh, 119_000, { stepMs: 50 }).get(id(1)) ?? []
    const [first = 0] = play(schedule, 149_000, { fromMs: 30_000, stepMs: 50 }).get(id(1)) ?? []
    expect((first - grid) % 60_000).toBe(0)
  })

  test('has another phase for each salt', () => {
    const first = (salt: string) => {
      const schedule = new Schedule(0, salt)
      schedule.set(id(1), EVERY_2S, 0)
      return play(schedule, 2000).get(id(1))?.[0]
    }
    expect(first('dc1')).toBe(first('dc1'))
    expect(first('dc1')).not.toBe(first('dc2'))
  })
})
