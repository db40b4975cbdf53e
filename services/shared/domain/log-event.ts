/** Kinds of entries in the event log. */
export const LOG_EVENT_TYPES = [
  'health',
  'weight',
  'operator',
  'override-ended',
  'drained',
  'guard',
  'backups',
  'quorum',
  'sorry-server',
  'hook',
  'drift',
  'apply-failed',
  'directors-differ',
  'shadow-differs',
  'shadow-agrees',
  'leader',
  'alert-raised',
  'alert-cleared',
  'cluster-file',
  'state-damaged',
  'incident',
] as const
export type LogEventType = (typeof LOG_EVENT_TYPES)[number]

/** One entry of the durable event log: a transition, an operator's action, an alert. */
export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly type: LogEventType
  readonly service?: string
  readonly server?: string
  readonly director?: string
  readonly from?: string
  readonly to?: string
  /** Key of the alert, where it is about one. */
  readonly alert?: string
  /** Who asked for it, where somebody did. */
  readonly by?: string
  /** The whole story in words. */
  readonly message: string
}

/** Which entries somebody wants; what is absent does not matter. */
export interface EventFilter {
  /** Milliseconds since the epoch. */
  readonly since?: number
  readonly service?: string
  readonly server?: string
  readonly type?: LogEventType
}

/** True when an entry is wanted. */
export function matchesEvent(event: LogEvent, { since = 0, ...same }: EventFilter): boolean {
  if (event.at < since) return false
  const { service = event.service, server = event.server, type = event.type } = same
  return event.service === service && event.server === server && event.type === type
}
