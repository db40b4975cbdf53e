import { formatDuration } from '../../shared/domain/duration.ts'
import { clearAlert, raiseAlert, serviceAlertKey } from './alerts.ts'
import type { Command } from './command.ts'
import { silenceMs } from './standing.ts'
import type { CheckState, ControllerState, ServiceState } from './state.ts'

const DIRECTOR_SILENCE_MS = 5000

/** Silence of probers and directors: holds everything, and raises an alert. */
export function watchSilence(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const service of state.services.values()) commands.push(...watchService(state, service, at))
  for (const [director, heardAt] of state.directorsHeardAt) {
    commands.push(...watchDirector(state, director, heardAt, at))
  }
  return commands
}

/** Nothing conclusive has been heard of a check for so long that its verdict is only held. */
export function isSilent({ spec, heardAt }: CheckState, at: number): boolean {
  return at - heardAt > silenceMs(spec)
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
  const key = serviceAlertKey('silence', name)
  if (silent === 0) return clearAlert(state, key, at)
  const time = formatDuration(at - oldest)
  const heard = `nothing conclusive heard of ${silent} of ${total} checks for ${time}`
  const message = `${name}: ${heard}: their last verdicts hold`
  return raiseAlert(state, { key, severity: 'warning', message, since: at })
}

function watchDirector(
  state: ControllerState,
  director: string,
  heardAt: number,
  at: number,
): readonly Command[] {
  const key = `director-silent/${director}`
  if (at - heardAt <= DIRECTOR_SILENCE_MS) return clearAlert(state, key, at)
  const message = `director ${director} has not reported for ${formatDuration(at - heardAt)}`
  return raiseAlert(state, { key, severity: 'critical', message, since: at })
}
