import type { LogEvent, LogEventType } from '../../shared/domain/log-event.ts'
import { clearAlert, raiseAlert, type ServiceAlert, serviceAlertKey } from './alerts.ts'
import type { Command } from './command.ts'
import { explainPlacement } from './explain.ts'
import { type ControllerState, type ServerState, serverName } from './state.ts'

/** An entry of the event log. */
export function record(event: LogEvent): Command {
  return { type: 'record-event', event }
}

/** Which real server an event is about, and when. */
export function about(
  server: ServerState,
  at: number,
): Pick<LogEvent, 'at' | 'service' | 'server'> {
  return { at, service: server.service.config.name, server: server.config.name }
}

/** A new effective weight, with the reason. */
export function recordWeight(server: ServerState, from: number | null, at: number): Command {
  const to = inWords(server.placement.weight)
  const change = `${inWords(from)} -> ${to}`
  const message = `${serverName(server)}: weight ${change}: ${explainPlacement(server)}`
  return record({ ...about(server, at), type: 'weight', from: inWords(from), to, message })
}

function inWords(weight: number | null): string {
  return weight === null ? 'none' : String(weight)
}

/** Something of a service that acts or does not. */
export interface Switch {
  readonly type: Extract<LogEventType, 'guard' | 'sorry-server'>
  readonly alert: ServiceAlert
  readonly service: string
  readonly isOn: boolean
  readonly isNews: boolean
  readonly message: string
  readonly at: number
}

/**
 * What acts is alerted for as long as it does, also over a restart; only the change is an event.
 */
export function switchOver(
  state: ControllerState,
  { type, alert: kind, service, isOn, isNews, message, at }: Switch,
): readonly Command[] {
  const key = serviceAlertKey(kind, service)
  const alert = isOn
    ? raiseAlert(state, { key, severity: 'critical', message, since: at })
    : clearAlert(state, key, at)
  if (!isNews) return alert
  return [record({ at, type, service, to: isOn ? 'on' : 'off', message }), ...alert]
}
