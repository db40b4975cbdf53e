import { describe, expect, test } from 'vitest'
import { fail, type Outcome, pass } from '../../../probes/check.ts'
import { CanaryWatch } from '../../../services/prober/canary-watch.ts'
import type { ProbeId } from '../../../services/shared/domain/check-spec.ts'
import { buildCheck, buildObservation } from '../../support/cluster-builder.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const REFUSED = fail('connect', 'connect.refused', 'refused')

function setUp(canaries: number) {
  const clock = createManualClock()
  const hurried: string[][] = []
  const changes: boolean[] = []
  const watch = new CanaryWatch(clock, {
    hurry: (probes) => hurried.push([...probes]),
    onChange: () => changes.push(watch.isFit),
  })
  const specs = Array.from({ length: canaries }, (_, index) =>
    buildCheck({ probe: `canary/${index}` as ProbeId, rise: 2, fall: 3 }),
  )
  watch.setCanaries(specs)
  const see = (probe: string, outcome: Outcome, times = 1, isNews = true) => {
    for (let i = 0; i < times; i++) {
      watch.see(buildObservation(probe as ProbeId, outcome, clock.now()), isNews)
    }
  }
  return { clock, watch, specs, see, hurried, changes }
}

describe('the canaries of a prober', () => {
  test('are asked at once when something else fails, but not more often than makes sense', async () => {
    const { clock, see, hurried } = setUp(2)
    see('web1', REFUSED, 5)
    expect(hurried).toEqual([['canary/0', 'canary/1']])
    await clock.advance(250)
    see('web1', pass('ok'))
    see('web1', REFUSED, 1, false)
    expect(hurried).toHaveLength(1)
    see('web2', REFUSED)
    expect(hurried).toHaveLength(2)
  })

  test('make it unfit when more than half of them are settled to be down', () => {
    const { see, watch, changes } = setUp(3)
    see('canary/0', REFUSED, 3)
    see('canary/1', REFUSED, 2)
    expect(watch.isFit).toBe(true)
    see('canary/1', REFUSED)
    expect(watch.isFit).toBe(false)
    see('canary/0', pass('ok'))
    expect(watch.isFit).toBe(false)
    see('canary/0', pass('ok'))
    expect(changes).toEqual([false, true])
  })

  test('that the file has no more count no more', () => {
    const { see, watch, specs } = setUp(2)
    see('canary/0', REFUSED, 3)
    see('canary/1', REFUSED, 3)
    expect(watch.isFit).toBe(false)
    watch.setCanaries(specs.slice(1))
    expect(watch.isFit).toBe(false)
    watch.setCanaries([])
    expect(watch.isFit).toBe(true)
  })

  test('are nobody where there are none', () => {
    const { see, hurried, watch } = setUp(0)
    see('web1', REFUSED, 9)
    expect(hurried).toEqual([])
    expect(watch.isFit).toBe(true)
  })
})
