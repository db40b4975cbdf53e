import type { Alert } from '../../shared/domain/alert.ts'
import type { Command } from './command.ts'
import type { ControllerState } from './state.ts'

/** Raises an alert unless it is raised already. */
export function raiseAlert(state: ControllerState, alert: Alert): readonly Command[] {
  if (state.alerts.has(alert.key)) return []
  state.alerts.set(alert.key, alert)
  return [{ type: 'raise-alert', alert }]
}

/** Clears an alert if it is raised. */
export function clearAlert(state: ControllerState, key: string, at: number): readonly Command[] {
  const alert = state.alerts.get(key)
  if (alert === undefined) return []
  state.alerts.delete(key)
  return [{ type: 'clear-alert', alert, at }]
}
