import type { Alert } from '../../shared/domain/alert.ts'
import type { Command } from './command.ts'
import type { ControllerState } from './state.ts'

/** An alert of the former leader that nothing confirms within this time is over. */
const INHERITED_MS = 15_000

/** Raises an alert unless it is raised already. */
export function raiseAlert(state: ControllerState, alert: Alert): readonly Command[] {
  state.inherited.delete(alert.key)
  if (state.alerts.has(alert.key)) return []
  state.alerts.set(alert.key, alert)
  return [{ type: 'raise-alert', alert }]
}

/** Clears an alert if it is raised. One that was taken over is given time to be confirmed. */
export function clearAlert(state: ControllerState, key: string, at: number): readonly Command[] {
  const alert = state.alerts.get(key)
  if (alert === undefined || state.inherited.has(key)) return []
  state.alerts.delete(key)
  return [{ type: 'clear-alert', alert, at }]
}

/**
 * Takes over what a former leader has raised, so that nothing is raised twice; raises what it has
 * not raised.
 */
export function inheritAlerts(
  state: ControllerState,
  stored: readonly Alert[],
  at: number,
): readonly Command[] {
  const raised = new Set(stored.map(({ key }) => key))
  const own = [...state.alerts.values()].filter(({ key }) => !raised.has(key))
  for (const alert of stored) {
    if (!state.alerts.has(alert.key)) state.inherited.set(alert.key, at)
    state.alerts.set(alert.key, alert)
  }
  return own.map((alert) => ({ type: 'raise-alert', alert }))
}

/** Clears what was taken over and has not been confirmed. */
export function dropInherited(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const [key, since] of state.inherited) {
    if (at - since < INHERITED_MS) continue
    state.inherited.delete(key)
    commands.push(...clearAlert(state, key, at))
  }
  return commands
}

const SERVICE_ALERTS = [
  'vantages',
  'guard',
  'breaker',
  'min-healthy',
  'max-ejected',
  'sorry-server',
  'backups',
  'quorum',
  'no-server',
  'silence',
  'degraded',
] as const
/** Kinds of alerts about one virtual service. */
export type ServiceAlert = (typeof SERVICE_ALERTS)[number]

/** Key of an alert about one virtual service. */
export function serviceAlertKey(kind: ServiceAlert, service: string): string {
  return `${kind}/${service}`
}

/** Clears what is raised about a virtual service that is no longer in the cluster file. */
export function clearServiceAlerts(
  state: ControllerState,
  service: string,
  at: number,
): readonly Command[] {
  return SERVICE_ALERTS.flatMap((kind) => clearAlert(state, serviceAlertKey(kind, service), at))
}

/** A warning for as long as something is so. */
export function warnWhile(
  state: ControllerState,
  isSo: boolean,
  { key, message, at }: { readonly key: string; readonly message: string; readonly at: number },
): readonly Command[] {
  if (!isSo) return clearAlert(state, key, at)
  return raiseAlert(state, { key, severity: 'warning', message, since: at })
}

const DIRECTOR_ALERTS = ['problem', 'sysctls', 'silent', 'missing', 'unknown', 'differs'] as const

/** Key of an alert about one director. */
export function directorAlertKey(kind: (typeof DIRECTOR_ALERTS)[number], director: string): string {
  return `director-${kind}/${director}`
}

/** Clears what is raised about a director that is no longer in the cluster file. */
export function clearDirectorAlerts(
  state: ControllerState,
  director: string,
  at: number,
): readonly Command[] {
  return DIRECTOR_ALERTS.flatMap((kind) => clearAlert(state, directorAlertKey(kind, director), at))
}
