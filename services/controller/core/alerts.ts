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
