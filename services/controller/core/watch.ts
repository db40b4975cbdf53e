import type { DirectorReport } from '../../shared/domain/director-report.ts'
import { formatDuration } from '../../shared/domain/duration.ts'
import { clearAlert, raiseAlert } from './alerts.ts'
import type { Command } from './command.ts'
import type { CheckState, ControllerState, ServiceState } from './state.ts'

const DIRECTOR_SILENCE_MS = 5000

/** Silence of probers and directors: holds everything, and raises an alert. */
export function watchSilence(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const service of state.services.values()) commands.push(...watchService(state, service, at))
  for (const report of state.directors.values()) commands.push(...watchDirector(state, report, at))
  return commands
}

/** A check is silent after three intervals and a timeout without any observation. */
export function isSilent({ spec, heardAt }: CheckState, at: number): boolean {
  return at - heardAt > 3 * Math.max(spec.intervalMs, 1000) + spec.timeoutMs
}

function watchService(
  state: ControllerState,
  service: ServiceState,
  at: number,
): readonly Command[] {
  let total = 0
  let silent = 0
  let oldest = at
  for (const { checks } of service.servers) {
    for (const check of checks) {
      total++
      if (!isSilent(check, at)) continue
      silent++
      oldest = Math.min(oldest, check.heardAt)
    }
  }
  const { name } = service.config
  const key = `silence/${name}`
  if (silent === 0) return clearAlert(state, key, at)
  const message = `${name}: nothing heard of ${silent} of ${total} checks for ${formatDuration(
    at - oldest,
  )}: their last verdicts hold`
  return raiseAlert(state, { key, severity: 'warning', message, since: at })
}

function watchDirector(
  state: ControllerState,
  report: DirectorReport,
  at: number,
): readonly Command[] {
  const key = `director-silent/${report.director}`
  if (at - report.at <= DIRECTOR_SILENCE_MS) return clearAlert(state, key, at)
  const message = `director ${report.director} has not reported for ${formatDuration(at - report.at)}`
  return raiseAlert(state, { key, severity: 'critical', message, since: at })
}
