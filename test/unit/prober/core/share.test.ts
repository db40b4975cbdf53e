import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createChooser } from '../../../../services/prober/core/rendezvous.ts'
import { type Peer, shareOf, sharersOf } from '../../../../services/prober/core/share.ts'

const PROBES = Array.from({ length: 2000 }, (_, index) => `p${index.toString(36)}/x${index}`)
const NOTHING: ReadonlySet<string> = new Set()

/** Two to eight different names, as hosts have them. */
const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}-?\d{1,3}$/), {
  minLength: 2,
  maxLength: 8,
})

function peer(name: string, more: Partial<Peer> = {}): Peer {
  return { name, fit: true, yields: true, ...more }
}

/** What each prober runs once all know of each other. */
function shares(all: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    all.map((name) => {
      const peers = all.filter((other) => other !== name).map((other) => peer(other))
      return [name, shareOf(PROBES, { name, fit: true }, peers, NOTHING)]
    }),
  )
}

describe('shares of the probers of a vantage', () => {
  test('every probe is run by exactly one, whatever they are called', () => {
    fc.assert(
      fc.property(names, (all) => {
        const run = [...shares(all).values()].flat()
        expect(run.length).toBe(PROBES.length)
        expect(new Set(run).size).toBe(PROBES.length)
      }),
      { numRuns: 30 },
    )
  })

  test('nobody has much more than an equal part', () => {
    fc.assert(
      fc.property(names, (all) => {
        const equal = PROBES.length / all.length
        // Five standard deviations of a fair draw.
        const slack = 5 * Math.sqrt(equal * (1 - 1 / all.length))
        for (const share of shares(all).values()) {
          expect(Math.abs(share.length - equal)).toBeLessThan(slack)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('who comes takes only what falls to it, and gives back only that when it goes', () => {
    fc.assert(
      fc.property(names, (all) => {
        const [joiner = '', ...before] = all
        const old = shares(before)
        const after = shares(all)
        for (const name of before) {
          const lost = (old.get(name) ?? []).filter((probe) => !after.get(name)?.includes(probe))
          const gained = (after.get(name) ?? []).filter((probe) => !old.get(name)?.includes(probe))
          expect(gained).toEqual([])
          expect(lost.every((probe) => after.get(joiner)?.includes(probe))).toBe(true)
        }
      }),
      { numRuns: 15 },
    )
  })

  test('the order in which the others are known does not matter', () => {
    fc.assert(
      fc.property(names, fc.string(), (all, probe) => {
        expect(createChooser(all)(probe)).toEqual(createChooser(all.toReversed())(probe))
      }),
    )
  })

  test('the second choice is the first without the first', () => {
    fc.assert(
      fc.property(names, fc.string(), (all, probe) => {
        const { first, second } = createChooser(all)(probe)
        const rest = all.filter((name) => name !== first)
        expect(createChooser(rest)(probe).first).toBe(second)
      }),
    )
  })
})

describe('handing over', () => {
  const own = { name: 'p2', fit: true }

  test('what another may still run is left to it until it says that it shares with us', () => {
    const holding = shareOf(PROBES, own, [peer('p1', { yields: false })], NOTHING)
    const yielding = shareOf(PROBES, own, [peer('p1')], NOTHING)
    expect(holding).toEqual([])
    expect(yielding.length).toBeGreaterThan(0)
  })

  test('what we run already we go on running', () => {
    const running = new Set(shareOf(PROBES, own, [peer('p1')], NOTHING))
    const share = shareOf(PROBES, own, [peer('p1', { yields: false })], running)
    expect(new Set(share)).toEqual(running)
  })

  test('of three, only what the silent one would have is waited for', () => {
    const peers = [peer('p1', { yields: false }), peer('p3')]
    const choose = createChooser(['p1', 'p2', 'p3'])
    for (const probe of shareOf(PROBES, own, peers, NOTHING)) {
      expect(choose(probe)).toEqual({ first: 'p2', second: 'p3' })
    }
  })

  test('who does not see its canaries leaves all to the others, unless nobody does', () => {
    const unfit = { name: 'p2', fit: false }
    expect(sharersOf(unfit, [peer('p1')])).toEqual(['p1'])
    expect(shareOf(PROBES, unfit, [peer('p1')], NOTHING)).toEqual([])
    expect(shareOf(PROBES, own, [peer('p1', { fit: false })], NOTHING)).toEqual(PROBES)
    expect(sharersOf(unfit, [peer('p1', { fit: false })])).toEqual(['p2', 'p1'])
  })
})
