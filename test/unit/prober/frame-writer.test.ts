import { describe, expect, test } from 'vitest'
import { pass } from '../../../probes/check.ts'
import { FrameWriter } from '../../../services/prober/frame-writer.ts'
import type { ProbeId } from '../../../services/shared/domain/check-spec.ts'
import type { Observation } from '../../../services/shared/domain/observation.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function setUp() {
  const clock = createManualClock()
  const frames: { readonly atMs: number; readonly count: number }[] = []
  const writer = new FrameWriter(clock, (observations) => {
    frames.push({ atMs: clock.monotonic(), count: observations.length })
  })
  const add = (isNews: boolean, times = 1) => {
    for (let n = 0; n < times; n++) writer.add(observation(), isNews)
  }
  return { clock, frames, writer, add }
}

function observation(): Observation {
  return { probe: 'http/192.0.2.1:80' as ProbeId, at: 0, durationMs: 1, outcome: pass('') }
}

describe('a frame writer', () => {
  test('sends news at once and takes along what waits', async () => {
    const { clock, frames, add } = setUp()
    add(false, 3)
    await clock.advance(50)
    add(true)
    expect(frames).toEqual([{ atMs: 50, count: 4 }])
    expect(clock.pending()).toBe(0)
  })

  test('sends what is steady within a tenth of a second', async () => {
    const { clock, frames, add } = setUp()
    add(false)
    await clock.advance(60)
    add(false)
    await clock.advance(1000)
    expect(frames).toEqual([{ atMs: 100, count: 2 }])
  })

  test('puts news that comes in a burst into few frames', async () => {
    const { clock, frames, add } = setUp()
    add(true, 500)
    expect(frames).toEqual([{ atMs: 0, count: 1 }])
    await clock.advance(1000)
    expect(frames).toEqual([
      { atMs: 0, count: 1 },
      { atMs: 10, count: 499 },
    ])
  })

  test('sends news sooner than the steady ones that have waited already', async () => {
    const { clock, frames, add } = setUp()
    add(true)
    await clock.advance(2)
    add(false)
    await clock.advance(1)
    add(true)
    await clock.advance(1000)
    expect(frames).toEqual([
      { atMs: 0, count: 1 },
      { atMs: 10, count: 2 },
    ])
  })

  test('does not let steady frames hold up news', async () => {
    const { clock, frames, add } = setUp()
    add(false)
    await clock.advance(101)
    add(true)
    expect(frames.at(-1)).toEqual({ atMs: 101, count: 1 })
  })

  test('sends a full frame at once', () => {
    const { frames, add, writer } = setUp()
    add(false, 1001)
    expect(frames).toEqual([{ atMs: 0, count: 1000 }])
    writer.flush()
    writer.flush()
    expect(frames.map(({ count }) => count)).toEqual([1000, 1])
  })
})
