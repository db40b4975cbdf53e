import { compareVersions } from '../../../shared/domain/desired-table.ts'
import type { DirectorReport } from '../../../shared/domain/director-report.ts'
import type { CountedServer } from '../../../shared/domain/table.ts'
import type { Command } from '../command.ts'
import { directorsOf } from '../directors.ts'
import { findRow } from '../hear-director.ts'
import { about, record } from '../record.ts'
import { type ControllerState, type ServerState, serverName } from '../state.ts'
import { addSample } from './decay.ts'
import { drainPlan } from './drain-plan.ts'

/** A leader's last word has reached everybody by then. */
const FOLLOWED_MS = 3000

/**
 * Drains whose last connection has ended on every director are done; of the others it is noted how
 * many connections are left.
 */
export function finishDrains(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const { kind, server: name, service: only } of state.overrides.values()) {
    if (kind !== 'drain') continue
    for (const service of state.services.values()) {
      if (only !== undefined && only !== service.config.name) continue
      const server = service.servers.find(({ config }) => config.name === name)
      if (server === undefined || !isDraining(server)) continue
      const left = connectionsLeft(state, server)
      if (left !== undefined) server.decay = addSample(server.decay, { at, connections: left })
      if (left !== 0 && !isTakenOutByLeader(state, server, at)) continue
      server.drained = true
      state.dirty.add(service.config.name)
      const message = `${serverName(server)}: drained: its last connection has ended`
      commands.push(record({ ...about(server, at), type: 'drained', message }))
    }
  }
  return commands
}

/** Waits at weight 0 for its connections to end. */
export function isDraining({ placement, drained }: ServerState): boolean {
  const { because } = placement
  return !drained && because.type === 'override' && because.phase === 'draining'
}

/**
 * What a drain still waits for, over all directors; `undefined` when one of them has not yet said:
 * what was read before the row became 0, or could not be read, says nothing about the drain.
 */
export function connectionsLeft(state: ControllerState, server: ServerState): number | undefined {
  const reports = reportsOf(state, server)
  if (reports === undefined) return undefined
  const placed = { epoch: state.epoch, generation: server.placedBy }
  let left = 0
  for (const report of reports) {
    if (compareVersions(report, placed) < 0) return undefined
    const row = findRow(report, server)
    if (row === undefined) continue
    if (row.weight !== 0) return undefined
    left += waitedFor(report, row, server)
  }
  return left
}

/** Of every director that serves it; `undefined` when one cannot say, or when there is none. */
function reportsOf(
  state: ControllerState,
  server: ServerState,
): readonly DirectorReport[] | undefined {
  const reports: DirectorReport[] = []
  for (const name of directorsOf(state, server.service)) {
    const report = state.directors.get(name)
    if (report === undefined || report.problem !== undefined) return undefined
    // What somebody else holds there does not end by our word.
    if (report.shadow !== true) reports.push(report)
  }
  return reports.length === 0 ? undefined : reports
}

/** The leader has seen the end of the drain before us, and its newest table lacks the row. */
function isTakenOutByLeader(state: ControllerState, server: ServerState, at: number): boolean {
  const { leader } = state
  if (leader === undefined || at - server.placedAt < FOLLOWED_MS) return false
  const reports = reportsOf(state, server)
  if (reports === undefined) return false
  return reports.every(
    (report) => compareVersions(report, leader) >= 0 && findRow(report, server) === undefined,
  )
}

function waitedFor(report: DirectorReport, { counts }: CountedServer, server: ServerState): number {
  const { templates } = drainPlan(server.service.config, report.sysctls)
  return counts.active + counts.inactive + (templates ? counts.persistent : 0)
}
