import { deepStrictEqual } from 'node:assert'
import type { Outcome } from '../../probes/check.ts'
import type { Command } from '../../services/controller/core/command.ts'
import {
  type ControllerCore,
  createControllerCore,
} from '../../services/controller/core/controller-core.ts'
import type { Event } from '../../services/controller/core/event.ts'
import type { ProbeId } from '../../services/shared/domain/check-spec.ts'
import type { DirectorReport } from '../../services/shared/domain/director-report.ts'
import { type Override, overrideKey } from '../../services/shared/domain/override.ts'
import type { ProberReport } from '../../services/shared/domain/prober.ts'
import type { ConnectionCounts, Table } from '../../services/shared/domain/table.ts'
import type { Vantage, VirtualService } from '../../services/shared/domain/virtual-service.ts'
import { buildObservation } from './cluster-builder.ts'
import { type OtherDirector, reportOf } from './scenario-directors.ts'
import { commandInWords } from './scenario-words.ts'

/** What a controller was told in one life, and what it answered. */
interface Life {
  readonly events: Event[]
  readonly commands: (readonly Command[])[]
}

/** A controller core with a director, stored overrides and a clock around it. */
export interface ScenarioWorld {
  core: ControllerCore
  /** Now, milliseconds since the epoch. */
  at: number
  /** The cluster file; it takes effect at the start and with a reload. */
  readonly config: Map<string, VirtualService>
  /** Overrides in the store. */
  readonly overrides: Map<string, Override>
  /** Connections by real server. */
  readonly connections: Map<string, ConnectionCounts>
  /** When anything was observed last: each observation has a time of its own. */
  observedAt: number
  /** Vantages of the cluster file, with their canaries. */
  readonly vantages: Map<string, Vantage>
  /** Probers that are alive, or lost and not forgotten. */
  readonly probers: Map<string, ProberReport>
  hasMembership: boolean
  /** Directors that the cluster file names; none: whoever reports. */
  namedDirectors: readonly string[]
  /** Directors beside `lb1`. */
  readonly others: Map<string, OtherDirector>
  /** The table of the director `lb1`, and the version that it holds. */
  table: Table
  epoch: number
  generation: number
  /** The director has reported once and goes on doing so. */
  isReporting: boolean
  /** The director applies nothing and says nothing by itself. */
  isSilent: boolean
  readonly lives: Life[]
  /** Told of each event and of what the controller asked for, before it is done. */
  readonly watchers: ((event: Event, commands: readonly Command[]) => void)[]
}

/** A world at the beginning of 2030 in which nothing is configured. */
export function createScenarioWorld(): ScenarioWorld {
  return {
    core: createControllerCore(),
    at: Date.UTC(2030, 0, 1),
    config: new Map(),
    overrides: new Map(),
    connections: new Map(),
    observedAt: 0,
    vantages: new Map(),
    probers: new Map(),
    hasMembership: false,
    namedDirectors: [],
    others: new Map(),
    table: [],
    epoch: 0,
    generation: 0,
    isReporting: false,
    isSilent: false,
    lives: [],
    watchers: [],
  }
}

/** Starts a controller that knows nothing but what is stored; returns what it said. */
export function boot(world: ScenarioWorld, damage?: string): readonly string[] {
  world.core = createControllerCore()
  world.lives.push({ events: [], commands: [] })
  const overrides = [...world.overrides.values()]
  const epoch = world.lives.length
  return [
    ...feed(world, { type: 'led', at: world.at, epoch, alerts: [] }),
    ...feed(world, {
      type: 'overrides-loaded',
      at: world.at,
      overrides,
      ...(damage !== undefined && { damage }),
    }),
    ...changeConfig(world),
  ]
}

/** Hands the cluster file to the controller. */
export function changeConfig(world: ScenarioWorld): readonly string[] {
  const vantages = [...world.vantages.values()]
  const cluster = {
    name: 'shop',
    ...(vantages.length > 0 && { vantages }),
    ...(world.namedDirectors.length > 0 && { directors: world.namedDirectors }),
    virtualServices: [...world.config.values()],
  }
  return feed(world, { type: 'config-changed', at: world.at, cluster })
}

/** Feeds what a prober saw, each observation at a time of its own; `ageMs` ago. */
export function observeFrom(
  world: ScenarioWorld,
  { prober, vantage }: { readonly prober: string; readonly vantage: string },
  seen: readonly (readonly [ProbeId, Outcome])[],
  ageMs = 0,
): readonly string[] {
  const { at } = world
  world.observedAt = Math.max(at, world.observedAt + 1)
  const seenAt = world.observedAt - ageMs
  const observations = seen.map(([probe, outcome]) => buildObservation(probe, outcome, seenAt))
  return feed(world, { type: 'observed', at, prober, vantage, observations })
}

/** The director `lb1` reports what it has. */
export function report(
  world: ScenarioWorld,
  extra: Partial<DirectorReport> = {},
): readonly string[] {
  const { at, config } = world
  const said = { ...reportOf('lb1', world, config.values(), at), ...extra }
  return feed(world, { type: 'director-reported', at, report: said })
}

/** Another director reports what it has. */
export function reportOther(world: ScenarioWorld, director: string): readonly string[] {
  const { at, config, others } = world
  const other = others.get(director)
  if (other === undefined) throw new Error(`no such director: ${director}`)
  const said = reportOf(director, other, config.values(), at)
  return feed(world, { type: 'director-reported', at, report: said })
}

/** Feeds one event, does what the controller asks for, and says it in words. */
export function feed(world: ScenarioWorld, event: Event): readonly string[] {
  const commands = world.core.handle(event)
  const life = world.lives.at(-1)
  life?.events.push(event)
  life?.commands.push(commands)
  for (const watcher of world.watchers) watcher(event, commands)
  const lines: string[] = []
  const applied: string[] = []
  for (const command of commands) {
    const [first = ''] = command.type === 'publish-table' ? command.directors : []
    const before = world.others.get(first)?.table ?? world.table
    lines.push(...commandInWords(command, before, [...world.config.values()]))
    if (command.type === 'put-override') {
      world.overrides.set(overrideKey(command.override), command.override)
    } else if (command.type === 'delete-override') world.overrides.delete(command.key)
    else if (command.type === 'publish-table') applied.push(...apply(world, command))
  }
  const reports = applied.flatMap((director) =>
    director === 'lb1' ? report(world) : reportOther(world, director),
  )
  return [...lines, ...reports]
}

/** The directors that get a table apply it, if they are there; returns who did. */
function apply(
  world: ScenarioWorld,
  { directors, services, generation }: Extract<Command, { type: 'publish-table' }>,
): readonly string[] {
  return directors.filter((director) => {
    const held = director === 'lb1' ? world : world.others.get(director)
    const isThere = director === 'lb1' ? !world.isSilent : world.others.get(director)?.isReporting
    if (held === undefined || isThere !== true) return false
    held.table = services
    held.epoch = world.lives.length
    held.generation = generation
    return true
  })
}

/** Runs every life again and throws unless the same events lead to the same commands. */
export function replay(world: ScenarioWorld): void {
  for (const { events, commands } of world.lives) {
    const again = createControllerCore()
    const answers = events.map((event) => again.handle(event))
    deepStrictEqual(answers, commands)
  }
}
