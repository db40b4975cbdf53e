import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../probes/check.ts'
import type { Command } from '../../../services/controller/core/command.ts'
import {
  type ControllerCore,
  createControllerCore,
} from '../../../services/controller/core/controller-core.ts'
import type { Event } from '../../../services/controller/core/event.ts'
import type { ProbeId } from '../../../services/shared/domain/check-spec.ts'
import { overrideKey } from '../../../services/shared/domain/override.ts'
import { buildObservation } from '../../support/cluster-builder.ts'
import { type Action, actions, perform } from '../../support/random-cluster.ts'
import { runCommand } from '../../support/scenario-commands.ts'
import { createScenarioWorld, type ScenarioWorld } from '../../support/scenario-world.ts'

/** What operators ask is only heard by the leader; others see what it stores. */
const ONLY_LEADER: ReadonlySet<Event['type']> = new Set([
  'led',
  'operator-asked',
  'breaker-released',
])

/** A core that follows the one of a world: it is told the same, and what the leader says. */
function follow(world: ScenarioWorld, isDeaf: (event: Event) => boolean = () => false) {
  const core = createControllerCore()
  world.watchers.push((event, commands) => {
    if (!ONLY_LEADER.has(event.type) && !isDeaf(event)) core.handle(event)
    for (const command of commands) tellStored(core, command, event.at)
    const { epoch, generation } = world.core.state
    const leading = { controller: 'a', epoch, generation }
    core.handle({ type: 'leader-heard', at: event.at, leading })
  })
  return core
}

function tellStored(core: ControllerCore, command: Command, at: number): void {
  if (command.type === 'put-override') {
    const { override } = command
    core.handle({ type: 'override-stored', at, key: overrideKey(override), override })
  } else if (command.type === 'delete-override') {
    core.handle({ type: 'override-stored', at, key: command.key })
  }
}

/** The table that a core publishes when it takes the lead. */
function lead(core: ControllerCore, { at }: ScenarioWorld) {
  const { epoch, alerts } = core.state
  const commands = core.handle({
    type: 'led',
    at,
    epoch: epoch + 1,
    alerts: [...alerts.values()],
  })
  return { commands, tables: commands.filter(({ type }) => type === 'publish-table') }
}

function run(world: ScenarioWorld, ...commands: readonly string[]): void {
  for (const command of commands) runCommand(world, command)
}

const PAIR = [
  'service web tcp/192.0.2.10:80 wlc',
  'server web web1 10.0.0.11:80',
  'server web web2 10.0.0.12:80',
] as const

test('who is told the same takes over at any moment with an equal table', () => {
  const life = actions({ isReloading: true }).map((all) =>
    all.filter(({ type }, index) => type !== 'restart' || index === 1),
  )
  fc.assert(
    fc.property(life, (done: readonly Action[]) => {
      const world = createScenarioWorld()
      const core = follow(world)
      for (const action of done) perform(world, action)
      const before = world.core.handle({ type: 'led', at: world.at, epoch: 9, alerts: [] })
      const wanted = before.find(({ type }) => type === 'publish-table')
      const [published] = lead(core, world).tables
      if (wanted?.type !== 'publish-table' || published?.type !== 'publish-table') {
        expect(published).toEqual(wanted)
        return
      }
      expect(published.services).toEqual(wanted.services)
      expect(published.directors).toEqual(wanted.directors)
      expect([...core.state.overrides.keys()].toSorted()).toEqual(
        [...world.core.state.overrides.keys()].toSorted(),
      )
    }),
    { numRuns: 150 },
  )
})

const PASS: Outcome = { outcome: 'pass', detail: '' }
const FAIL: Outcome = { outcome: 'fail', layer: 'connect', code: 'connect.refused', detail: '' }

/** What the prober of scenarios sees once. */
function seen(at: number, probe: ProbeId, outcome: Outcome): Event {
  const observations = [buildObservation(probe, outcome, at)]
  return { type: 'observed', at, prober: 'lb1', vantage: 'lb1', observations }
}

describe('who was not told everything', () => {
  /** Leader and follower agree, then the follower misses what is observed of web1. */
  function setUp() {
    const world = createScenarioWorld()
    let isDeaf = false
    const core = follow(world, ({ type }) => isDeaf && type === 'observed')
    run(world, ...PAIR, 'start', 'pass web1 web2')
    isDeaf = true
    run(world, 'fail web1 x3')
    isDeaf = false
    return { world, core }
  }

  const weights = (core: ControllerCore) =>
    [...core.state.services.values()].flatMap(({ servers }) =>
      servers.map(({ placement }) => placement.weight),
    )

  test('takes the tables for right when they have long been otherwise', () => {
    const { world, core } = setUp()
    expect(weights(core)).toEqual([100, 100])
    run(world, 'tick 20s')
    const { tables } = lead(core, world)
    expect(tables).toMatchObject([{ services: [{ servers: [{ weight: 0 }, { weight: 100 }] }] }])
    // Who comes back proves itself, as after a restart.
    const web1 = core.state.services.get('web')?.servers[0]?.checks[0]?.spec.probe
    if (web1 === undefined) throw new Error('no check')
    const pass = (afterMs: number) => core.handle(seen(world.at + afterMs, web1, PASS))
    pass(1)
    expect(weights(core)).toEqual([0, 100])
    pass(2)
    expect(weights(core)).toEqual([100, 100])
  })

  test('goes by what it has seen itself in the last moments', () => {
    const { world, core } = setUp()
    run(world, 'tick 20s')
    const web2 = core.state.services.get('web')?.servers[1]?.checks[0]?.spec.probe
    if (web2 === undefined) throw new Error('no check')
    // The leader says nothing more; who follows sees web2 die.
    for (let times = 1; times <= 3; times++) core.handle(seen(world.at + times, web2, FAIL))
    expect(weights(core)).toEqual([100, 0])
    lead(core, world)
    expect(weights(core)).toEqual([0, 0])
  })

  test('leaves the word of operators above every table', () => {
    const { world, core } = setUp()
    run(world, 'director silent', 'maintenance web2', 'tick 20s')
    lead(core, world)
    expect(weights(core)[1]).toBe(0)
  })
})

describe('alerts at a take-over', () => {
  const alert = (key: string) => ({
    key,
    severity: 'warning' as const,
    message: `${key} as the former leader said it`,
    since: 1,
  })

  test('what is raised already is not raised, what is not is', () => {
    const world = createScenarioWorld()
    const core = follow(world)
    run(world, ...PAIR, 'start', 'pass web1 web2', 'tick 20s')
    const own = [...core.state.alerts.keys()]
    expect(own).toEqual(['silence/web'])
    const stored = core.handle({
      type: 'led',
      at: world.at,
      epoch: 2,
      alerts: [alert('silence/web')],
    })
    expect(stored.filter(({ type }) => type === 'raise-alert')).toEqual([])
    expect(core.state.alerts.get('silence/web')?.since).toBe(1)
    const other = follow(createScenarioWorld())
    expect(other.state.alerts.size).toBe(0)
    expect(lead(other, world).commands).toEqual([])
  })

  test('what nothing confirms is over after a while', () => {
    const world = createScenarioWorld()
    const core = follow(world)
    run(world, ...PAIR, 'start', 'pass web1 web2')
    core.handle({ type: 'led', at: world.at, epoch: 2, alerts: [alert('guard/gone')] })
    const cleared = Array.from({ length: 20 }, (_, second) =>
      core
        .handle({ type: 'ticked', at: world.at + second * 1000 })
        .filter((command) => command.type === 'clear-alert' && command.alert.key === 'guard/gone'),
    )
    expect(cleared.slice(0, 15).flat()).toEqual([])
    expect(cleared[15]).toHaveLength(1)
    expect(cleared.slice(16).flat()).toEqual([])
  })
})
