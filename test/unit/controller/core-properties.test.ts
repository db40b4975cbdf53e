import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ServerState } from '../../../services/controller/core/state.ts'
import type { ProbeId } from '../../../services/shared/domain/check-spec.ts'
import { type Action, actions, type Features, perform } from '../../support/random-cluster.ts'
import { createScenarioWorld, replay, type ScenarioWorld } from '../../support/scenario-world.ts'

/** The last outcomes in a row that each probe has seen: what anybody could count by hand. */
type Rows = Map<ProbeId, { outcome: 'pass' | 'fail'; times: number }>

/** What a server was like before a step. */
interface Before {
  readonly weight: number | null
  readonly isKept: boolean
}

const RUNS = 150
const EVERYTHING: Features = { isReloading: true, everything: true }
/** What lives come across, or random ones would not be worth much; which of them do is chance. */
const MET = [
  ...['healthy', 'degraded', 'failed', 'held', 'unproven', 'override', 'standby', 'slow-start'],
  ...['weight', 'breaker', 'panic', 'min-healthy'],
  ...['quorum up', 'quorum down', 'breaker closed', 'breaker frozen', 'breaker believed'],
]

test('whatever happens: invariants hold, and the same events lead to the same commands', () => {
  forAnyLife(() => undefined)
})

test('so it is with every guard, backups, quorum, ramps, loads, deadlines and vantages', () => {
  forAnyLife(() => undefined, undefined, EVERYTHING)
})

test('such lives come across what is worth coming across', () => {
  const met = new Set<string>()
  const note = (world: ScenarioWorld): void => {
    for (const { placement, service } of serversOf(world)) {
      const { because } = placement
      met.add(because.type === 'guard' ? because.guard : because.type)
      met.add(`quorum ${service.quorum}`).add(`breaker ${service.breaker.state}`)
    }
  }
  forAnyLife(note, undefined, EVERYTHING, { seed: 1 })
  expect(MET.filter((one) => !met.has(one))).toEqual([])
})

test('time alone never changes a weight, unless the operator said when', () => {
  forAnyLife((world, action, before) => {
    if (action.type !== 'tick' || action.ends) return
    for (const server of serversOf(world)) {
      if (server.placement.because.type === 'override') continue
      expect(server.placement.weight).toBe(before.get(nameOf(server))?.weight)
    }
  })
})

test('a server loses its place only by failing as often in a row as its fall says', () => {
  const rows: Rows = new Map()
  forAnyLife(
    (world, action, before) => {
      count(rows, action)
      if (action.type !== 'observe') return
      for (const server of serversOf(world)) {
        if (server.config.weight === 0) continue
        const was = before.get(nameOf(server))
        const hasLost = (was?.weight ?? 0) > 0 && (server.placement.weight ?? 0) === 0
        if (!hasLost || was?.isKept === true) continue
        const failing = server.checks.filter(({ spec }) => {
          const row = rows.get(spec.probe)
          return row?.outcome === 'fail' && row.times >= spec.fall
        })
        expect(failing.length).toBeGreaterThan(0)
      }
    },
    () => rows.clear(),
    { isReloading: true, guards: true },
  )
})

test('a server gains weight by observations only when one of its checks has just passed', () => {
  const rows: Rows = new Map()
  forAnyLife(
    (world, action, before) => {
      count(rows, action)
      if (action.type !== 'observe' && action.type !== 'tick' && action.type !== 'report') return
      for (const server of serversOf(world)) {
        const was = before.get(nameOf(server))?.weight ?? 0
        if (was > 0 || (server.placement.weight ?? 0) === 0) continue
        if (action.type === 'tick' && action.ends) continue
        expect(action.type).toBe('observe')
        const passing = server.checks.filter(({ spec }) => rows.get(spec.probe)?.outcome === 'pass')
        expect(passing.length).toBeGreaterThan(0)
      }
    },
    () => rows.clear(),
    { isReloading: true, guards: true },
  )
})

test("the operator's word: what is stored is what holds, and who is out has no weight", () => {
  const asked = new Map<string, { kind: string; until: number }>()
  forAnyLife(
    (world, action) => {
      if (action.type === 'ask') note(asked, action, world.at)
      if (action.type === 'tick') {
        for (const [key, { until }] of asked) if (until <= world.at) asked.delete(key)
      }
      const held = [...world.core.state.overrides].map(([key, { kind }]) => `${kind} ${key}`)
      const stored = [...world.overrides].map(([key, { kind }]) => `${kind} ${key}`)
      const wanted = [...asked].map(([key, { kind }]) => `${kind} ${key}`)
      expect(held.toSorted()).toEqual(wanted.toSorted())
      expect(stored.toSorted()).toEqual(wanted.toSorted())
      for (const server of serversOf(world)) {
        const isOut = asked.has(server.config.name) || asked.has(nameOf(server))
        if (isOut) expect(server.placement.weight ?? 0).toBe(0)
      }
    },
    () => asked.clear(),
    { isReloading: true, everything: true },
  )
})

/** What holds by the words of operators alone. */
function note(
  asked: Map<string, { kind: string; until: number }>,
  { target, forMs, order }: Extract<Action, { type: 'ask' }>,
  at: number,
): void {
  const until = forMs === undefined ? Infinity : at + forMs
  if (order.verb === 'enable') {
    for (const key of asked.keys()) {
      const whose = key.replace('=weight', '')
      if (whose === target || whose.endsWith(`/${target}`)) asked.delete(key)
    }
  } else if (order.verb !== 'weight') asked.set(target, { kind: order.verb, until })
  else if (order.weight === 'configured') asked.delete(`${target}=weight`)
  else asked.set(`${target}=weight`, { kind: 'weight', until })
}

test('a restart, and observations that agree with the table, change no weight in it', () => {
  fc.assert(
    fc.property(actions({ isReloading: false }), (life) => {
      const world = createScenarioWorld()
      for (const action of life) perform(world, action)
      perform(world, { type: 'restart' })
      const rows = weightsIn(world)
      perform(world, { type: 'restart' })
      expect(weightsIn(world)).toEqual(rows)
      for (const server of serversOf(world)) {
        const { checks, placement } = server
        if (placement.because.type === 'override') continue
        const outcome = agreeing(server)
        for (const { spec } of checks) {
          const { probe } = spec
          if (!contradicts(world, probe, outcome))
            perform(world, { type: 'observe', probe, outcome })
        }
      }
      // All down, once that is known, is the sorry server's case.
      const isSorry = (row: string) => row.includes('127.0.0.1:8088') && !rows.includes(row)
      expect(weightsIn(world).filter((row) => !isSorry(row))).toEqual(rows)
    }),
    { numRuns: RUNS },
  )
})

/** Lives a random life and looks at it after each step, with what was before the step. */
function forAnyLife(
  look: (world: ScenarioWorld, action: Action, before: ReadonlyMap<string, Before>) => void,
  start: () => void = () => undefined,
  features: Features = { isReloading: true },
  how: fc.Parameters<unknown> = {},
): void {
  fc.assert(
    fc.property(actions(features), (life) => {
      start()
      const world = createScenarioWorld()
      for (const action of life) {
        const before = new Map(
          serversOf(world).map((server): [string, Before] => {
            const { weight, because } = server.placement
            return [nameOf(server), { weight, isKept: because.type === 'guard' }]
          }),
        )
        look(world, perform(world, action), before)
      }
      replay(world)
    }),
    { numRuns: RUNS, ...how },
  )
}

function count(rows: Rows, action: Action): void {
  if (action.type !== 'observe' || action.outcome === 'inconclusive' || action.isOld) return
  const row = rows.get(action.probe)
  const outcome = action.outcome === 'fail' ? 'fail' : 'pass'
  const times = row?.outcome === outcome ? row.times + 1 : 1
  rows.set(action.probe, { outcome, times })
}

/** A shared probe would tell another service something that its own row contradicts. */
function contradicts(world: ScenarioWorld, probe: ProbeId, outcome: Says): boolean {
  return serversOf(world).some(
    (server) =>
      agreeing(server) !== outcome && server.checks.some(({ spec }) => spec.probe === probe),
  )
}

type Says = 'pass' | 'degraded' | 'fail'

/** The outcome that leads to the weight which is there. */
function agreeing({ placement, config }: ServerState): Says {
  const weight = placement.weight ?? 0
  if (weight === 0) return 'fail'
  return weight < config.weight ? 'degraded' : 'pass'
}

function weightsIn(world: ScenarioWorld): readonly string[] {
  return world.table.flatMap(({ servers }, index) =>
    servers
      .filter(({ weight }) => weight > 0)
      .map(({ address, port, weight }) => `${index} ${address}:${port} ${weight}`)
      .toSorted(),
  )
}

function serversOf({ core }: ScenarioWorld): readonly ServerState[] {
  return [...core.state.services.values()].flatMap(({ servers }) => servers)
}

function nameOf({ service, config }: ServerState): string {
  return `${service.config.name}/${config.name}`
}
