import { compareVersions } from '../../shared/domain/desired-table.ts'
import type { DirectorReport } from '../../shared/domain/director-report.ts'
import type { LogEvent } from '../../shared/domain/log-event.ts'
import type { CountedServer } from '../../shared/domain/table.ts'
import { serviceKey } from '../../shared/domain/virtual-service.ts'
import { clearAlert, directorAlertKey, raiseAlert } from './alerts.ts'
import type { Command } from './command.ts'
import { directorsOf } from './directors.ts'
import { gather } from './gather.ts'
import { type ControllerState, type ServerState, serverName } from './state.ts'

/** A leader's last word has reached everybody by then. */
const FOLLOWED_MS = 3000

/** Takes a director's report in. */
export function hearDirector(
  state: ControllerState,
  report: DirectorReport,
  at: number,
): readonly Command[] {
  const findings = recordReport(state, report, at)
  // What operators want decides what a row at 0 means.
  if (!state.overridesLoaded) return findings
  state.directors.set(report.director, report)
  state.directorsHeardAt.set(report.director, at)
  state.gatheringSince ??= at
  return [...findings, ...gather(state, at), ...finishDrains(state, at)]
}

/** What a director found and could not do goes to the log and to the alerts. */
function recordReport(
  state: ControllerState,
  report: DirectorReport,
  at: number,
): readonly Command[] {
  const { director, drift, failures, problem } = report
  const commands: Command[] = []
  for (const found of drift)
    commands.push(record({ at, type: 'drift', director, message: found.message }))
  for (const { change, code, message } of failures) {
    const said = `director ${director} refused ${change.type}: ${code}: ${message}`
    commands.push(record({ at, type: 'apply-failed', director, message: said }))
  }
  const key = directorAlertKey('problem', director)
  const alert =
    problem === undefined
      ? clearAlert(state, key, at)
      : raiseAlert(state, {
          key,
          severity: 'critical',
          message: `director ${director}: ${problem}`,
          since: at,
        })
  return [...commands, ...alert, ...alertOfSysctls(state, report, at)]
}

/** Said anew when it is about other settings than before. */
function alertOfSysctls(
  state: ControllerState,
  { director, sysctls }: DirectorReport,
  at: number,
): readonly Command[] {
  const key = directorAlertKey('sysctls', director)
  const wrong = sysctls.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [`net.ipv4.vs.${name}: ${problem}`],
  )
  if (wrong.length === 0) return clearAlert(state, key, at)
  const message = `director ${director} cannot make its kernel as asked: ${wrong.join('; ')}`
  const before = state.alerts.get(key)
  const cleared =
    before !== undefined && before.message !== message ? clearAlert(state, key, at) : []
  return [...cleared, ...raiseAlert(state, { key, severity: 'warning', message, since: at })]
}

/** Drains whose last connection has ended on every director are done. */
function finishDrains(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const { kind, server: name } of state.overrides.values()) {
    if (kind !== 'drain') continue
    for (const service of state.services.values()) {
      const server = service.servers.find(({ config }) => config.name === name)
      if (server === undefined || !isDrained(state, server, at)) continue
      server.drained = true
      state.dirty.add(service.config.name)
      const message = `${serverName(server)}: drained: its last connection has ended`
      commands.push(
        record({ at, type: 'drained', service: service.config.name, server: name, message }),
      )
    }
  }
  return commands
}

function isDrained(state: ControllerState, server: ServerState, at: number): boolean {
  const { placement, drained } = server
  if (drained || placement.because.type !== 'override') return false
  if (placement.because.phase !== 'draining') return false
  const directors = directorsOf(state, server.service)
  const reports = directors.map((name) => state.directors.get(name))
  if (reports.length === 0) return false
  return (
    reports.every((report) => report !== undefined && isDrainedOn(report, server, state)) ||
    (at - server.placedAt >= FOLLOWED_MS &&
      reports.every((report) => report !== undefined && isGone(report, server, state)))
  )
}

/** What was read before the row became 0, or could not be read, says nothing about the drain. */
function isDrainedOn(report: DirectorReport, server: ServerState, state: ControllerState): boolean {
  if (report.problem !== undefined) return false
  if (compareVersions(report, { epoch: state.epoch, generation: server.placedBy }) < 0) return false
  const row = findRow(report, server)
  if (row === undefined) return true
  const { active, inactive, persistent } = row.counts
  return row.weight === 0 && active + inactive + persistent === 0
}

/** The leader has seen the end of the drain before us, and its newest table lacks the row. */
function isGone(report: DirectorReport, server: ServerState, { leader }: ControllerState): boolean {
  if (leader === undefined || compareVersions(report, leader) < 0) return false
  return report.problem === undefined && findRow(report, server) === undefined
}

/** The row of a real server in what a director last reported. */
export function findRow(report: DirectorReport, server: ServerState): CountedServer | undefined {
  const key = serviceKey(server.service.config.address)
  const { address, port } = server.config
  return report.services
    .find((service) => serviceKey(service.address) === key)
    ?.servers.find((row) => row.address === address && row.port === port)
}

function record(event: LogEvent): Command {
  return { type: 'record-event', event }
}
