import type { DirectorReport } from '../../shared/domain/director-report.ts'
import type { Drift } from '../../shared/domain/drift.ts'
import type { LogEvent } from '../../shared/domain/log-event.ts'
import { serverKey } from '../../shared/domain/server-key.ts'
import type { CountedServer } from '../../shared/domain/table.ts'
import { serviceKey } from '../../shared/domain/virtual-service.ts'
import { clearAlert, directorAlertKey, raiseAlert } from './alerts.ts'
import type { Command } from './command.ts'
import { finishDrains } from './drain/finish-drains.ts'
import { gather } from './gather.ts'
import type { ControllerState, ServerState } from './state.ts'

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
  for (const found of drift) {
    const event = { at, type: 'drift', director, message: found.message } as const
    commands.push(record({ ...event, ...namesOf(state, found) }))
  }
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

/** A row by the names of the cluster file, where it is one of ours. */
function namesOf(
  { services }: ControllerState,
  { service: key, server: row }: Drift,
): Pick<LogEvent, 'service' | 'server'> {
  for (const { config, servers } of services.values()) {
    if (key === undefined || serviceKey(config.address) !== key) continue
    const found = servers.find((server) => serverKey(server.config) === row)
    return { service: config.name, ...(found && { server: found.config.name }) }
  }
  return {}
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
