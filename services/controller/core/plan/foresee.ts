import type { Foresight, PlannedChange, PlannedEntry } from '../../../shared/domain/plan.ts'
import { serverKey } from '../../../shared/domain/server-key.ts'
import {
  type Cluster,
  formatServiceAddress,
  type ServiceKey,
  serviceKey,
} from '../../../shared/domain/virtual-service.ts'
import type { Command } from '../command.ts'
import { allDirectors } from '../directors.ts'
import { afterRemoval } from '../drain/drain-plan.ts'
import { explainPlacement } from '../explain.ts'
import type { ControllerState, ServerState, ServiceState } from '../state.ts'
import { tableFor } from '../table.ts'
import { compareTables, mergeSteps, type TableStep } from './compare-tables.ts'
import { factsOf } from './facts.ts'
import { verdictsOf } from './verdicts.ts'
import { whatIf } from './what-if.ts'

/** A report that is older says little about a table. */
const SILENT_MS = 5000
const NOT_LATER = new Set(['unproven', 'held'])

/**
 * What would become of the directors' tables under another cluster file, with the health and the
 * operators' words of this moment. Nothing is changed.
 */
export function foresee(state: ControllerState, cluster: Cluster, at: number): Foresight {
  const { state: after, commands } = whatIf(state, cluster, at)
  const directors = allDirectors(after)
  const steps = directors.flatMap((director) => stepsOn(state, after, director))
  const books = [after, state].map(bookOf)
  const changes = mergeSteps(steps).map((step) => named(step, books, state))
  const later = entriesOf(state, after)
  const touched = new Set([
    ...changes.flatMap(({ by, service }) => (by === 'file' ? [service] : [])),
    ...later.map(({ service }) => service),
    ...changedServices(state, after),
  ])
  return {
    changes,
    later,
    verdicts: verdictsOf(state, after, touched),
    warnings: [...directorWarnings(state, after, at), ...alertWarnings(state, commands)],
    facts: factsOf(state, after, { changes, later, touched }),
  }
}

function stepsOn(before: ControllerState, after: ControllerState, director: string): TableStep[] {
  const report = before.directors.get(director)
  if (report === undefined) return []
  const isOurs = before.adopted.has(director) && report.shadow !== true
  return compareTables({
    director,
    desired: tableFor(after, director),
    applied: isOurs ? tableFor(before, director) : undefined,
    kernel: report.services,
  })
}

interface Named {
  readonly service: ServiceState
  readonly rows: ReadonlyMap<string, ServerState>
}
type Book = ReadonlyMap<ServiceKey, Named>

function bookOf({ services }: ControllerState): Book {
  return new Map(
    Array.from(services.values(), (service) => [
      serviceKey(service.config.address),
      { service, rows: new Map(service.servers.map((one) => [serverKey(one.config), one])) },
    ]),
  )
}

function named(step: TableStep, books: readonly Book[], state: ControllerState): PlannedChange {
  const { service: address, row, ...rest } = step
  const known = books.flatMap((book) => book.get(serviceKey(address)) ?? [])
  const service = known[0]?.service.config.name ?? formatServiceAddress(address)
  const why = whyOf(step, books, state)
  return {
    ...rest,
    service,
    address: formatServiceAddress(address),
    ...(row !== undefined && { row, server: rowName(row, known) }),
    ...(why !== undefined && { why }),
  }
}

function rowName(row: string, known: readonly Named[]): string {
  for (const { service, rows } of known) {
    const server = rows.get(row)
    if (server !== undefined) return server.config.name
    const { sorryServer } = service.config
    if (sorryServer !== undefined && serverKey(sorryServer) === row) return 'sorry server'
  }
  return row
}

/** Of who stays in the file its placement tells why; of who goes, what the kernel makes of it. */
function whyOf(
  { service, row, act, connections, directors, by }: TableStep,
  [after]: readonly Book[],
  state: ControllerState,
): string | undefined {
  const there = after?.get(serviceKey(service))
  const server = row === undefined ? undefined : there?.rows.get(row)
  const said: string[] = []
  if (server !== undefined && by === 'file') said.push(explainPlacement(server))
  const isGone = act === 'remove-server' || act === 'remove-service'
  if (isGone && server === undefined) said.push('the file has it no more')
  const left = connections.active + connections.inactive + connections.persistent
  if (isGone && left > 0) {
    const words = directors.map((name) => afterRemoval(state.directors.get(name)?.sysctls ?? []))
    said.push(`its connections: ${[...new Set(words)].join(', or ')}`)
  }
  return said.length === 0 ? undefined : said.join('; ')
}

/** Who is new to a service and has yet to pass its checks. */
function entriesOf(before: ControllerState, after: ControllerState): readonly PlannedEntry[] {
  return [...after.services.values()].flatMap(({ config, servers }) => {
    const old = before.services.get(config.name)?.servers ?? []
    const known = new Set(old.map(placeOf))
    return servers.flatMap((server) => {
      const { weight, because } = server.placement
      if (known.has(placeOf(server)) || weight !== null || !NOT_LATER.has(because.type)) return []
      const message = `enters with weight ${server.config.weight} when its checks pass`
      return [{ service: config.name, server: server.config.name, message }]
    })
  })
}

function placeOf({ config }: ServerState): string {
  return `${config.name} ${serverKey(config)}`
}

/** Whose lines in the file are others. */
function changedServices(before: ControllerState, after: ControllerState): readonly string[] {
  return [...after.services.values()].flatMap(({ config }) => {
    const old = before.services.get(config.name)
    const isSame = old !== undefined && JSON.stringify(old.config) === JSON.stringify(config)
    return isSame ? [] : [config.name]
  })
}

function directorWarnings(
  before: ControllerState,
  after: ControllerState,
  at: number,
): readonly string[] {
  const directors = allDirectors(after)
  const warnings: string[] = []
  for (const name of directors) {
    const report = before.directors.get(name)
    const silentMs = at - (before.directorsHeardAt.get(name) ?? 0)
    if (report === undefined) warnings.push(`${name} has not reported: its table is not known`)
    else if (report.problem !== undefined) warnings.push(`${name}: ${report.problem}`)
    else if (report.shadow === true) warnings.push(`${name} is in shadow: nothing is written there`)
    else if (silentMs > SILENT_MS) {
      const age = Math.round(silentMs / 1000)
      warnings.push(`${name} was last heard ${age} s ago: its table may be another by now`)
    }
  }
  for (const name of before.adopted) {
    if (directors.includes(name)) continue
    warnings.push(`${name} is a director no more: what its kernel holds is left as it is`)
  }
  return warnings
}

/** Alerts that the change itself would raise. */
function alertWarnings(before: ControllerState, commands: readonly Command[]): readonly string[] {
  return commands.flatMap((command) => {
    if (command.type !== 'raise-alert' || before.alerts.has(command.alert.key)) return []
    return [`alert: ${command.alert.message}`]
  })
}
