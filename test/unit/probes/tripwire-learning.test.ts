import { describe, expect, test } from 'vitest'
import { TripwireLearning, type TripwirePlan } from '../../../probes/tripwire-learning.ts'

/** The server ends a connection of this age and takes the next one at once. */
function harmlessClose(learning: TripwireLearning, ageMs: number) {
  const isTrip = learning.closed(ageMs)
  return { isTrip, plan: learning.connected() }
}

/** The server ends a connection, refuses some, and comes back. */
function outage(learning: TripwireLearning, ageMs: number, refusals: number) {
  const isTrip = learning.closed(ageMs)
  const plans = Array.from({ length: refusals }, () => learning.connectFailed())
  return { isTrip, plans, plan: learning.connected() }
}

describe('TripwireLearning', () => {
  test('takes the first close for a trip', () => {
    const learning = new TripwireLearning()
    expect(learning.connected()).toBeUndefined()
    expect(learning.closed(5000)).toBe(true)
    expect(learning.afterClose()).toEqual({ type: 'connect', afterMs: 100 })
  })

  test('learns a steady idle timeout from two closes, and renews before it', () => {
    const learning = new TripwireLearning()
    expect(harmlessClose(learning, 60_020)).toEqual({ isTrip: true, plan: undefined })
    expect(harmlessClose(learning, 60_005)).toEqual({ isTrip: true, plan: undefined })
    expect(learning.idleLimitMs).toBe(60_005)
    expect(learning.renewAtMs).toBeLessThan(50_000)
    expect(learning.closed(60_010)).toBe(false)
  })

  test('still trips on a close that comes before the learnt age', () => {
    const learning = new TripwireLearning()
    harmlessClose(learning, 60_000)
    harmlessClose(learning, 60_000)
    learning.renewed()
    expect(learning.connected()).toBeUndefined()
    expect(learning.closed(20_000)).toBe(true)
  })

  test('learns nothing from a server that dies, however regularly', () => {
    const learning = new TripwireLearning()
    for (let i = 0; i < 20; i++) {
      const { isTrip, plan } = outage(learning, 20_000, 2)
      expect(isTrip).toBe(true)
      expect(plan).toBeUndefined()
    }
    expect(learning.idleLimitMs).toBeUndefined()
  })

  test('leaves a server alone that closes soon after each connect', () => {
    const learning = new TripwireLearning()
    expect(harmlessClose(learning, 1000).plan).toBeUndefined()
    expect(harmlessClose(learning, 1010).plan).toMatchObject({ type: 'rest' })
  })

  test('leaves a server alone that closes again and again at no steady age', () => {
    const learning = new TripwireLearning()
    const plans = [9000, 4000, 15_000, 7000, 30_000].map((age) => harmlessClose(learning, age).plan)
    expect(plans.map((plan) => plan?.type)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'rest',
    ])
  })

  test('starts anew after a rest', () => {
    const learning = new TripwireLearning()
    harmlessClose(learning, 1000)
    harmlessClose(learning, 1000)
    expect(learning.idleLimitMs).toBeUndefined()
    expect(harmlessClose(learning, 1000)).toEqual({ isTrip: true, plan: undefined })
  })

  test('waits longer and longer for a server that is down, up to a cap', () => {
    const learning = new TripwireLearning()
    const waits = outage(learning, 1000, 8).plans.map((plan) => waitOf(plan))
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
    expect(waitOf(outage(learning, 1000, 1).plans[0])).toBe(1000)
  })

  test('leaves a server alone that talks without end', () => {
    expect(new TripwireLearning().talks()).toMatchObject({ type: 'rest' })
  })
})

function waitOf(plan: TripwirePlan | undefined): number | undefined {
  return plan?.type === 'connect' ? plan.afterMs : undefined
}
