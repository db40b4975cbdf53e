import type { CauseMatch } from './cause.ts'
import type { Alerting, ChannelSettings } from './channel.ts'
import type { Severity } from './notification.ts'
import type { TimePeriod } from './time-period.ts'

/** When a cause has lasted long enough, or come often enough, to tell; all that is set holds. */
export interface AfterPolicy {
  /** So many failed checks: in a row, or within a time. */
  readonly failures?: number
  readonly withinMs?: number
  /** It has lasted so long. */
  readonly forMs?: number
}

/** Who is told when nobody has taken an incident on in time. */
export interface EscalationLevel {
  /** Since the first level was told, in milliseconds. */
  readonly afterMs: number
  readonly channels: readonly string[]
}

/** Who is told of what, when and how often. */
export interface AlertRoute {
  readonly name: string
  readonly match: CauseMatch
  /** Level 1. */
  readonly channels: readonly string[]
  /** Levels 2 and on. */
  readonly escalation: readonly EscalationLevel[]
  readonly after?: AfterPolicy
  /** Time between reminders while nobody has taken it on; none when absent. */
  readonly everyMs?: number
  /** News about what was told already is told, too. */
  readonly updates: boolean
  readonly recovery: boolean
  readonly acknowledgements: boolean
  readonly startup: boolean
  /** Only at these times; what is left is told when the next one begins. Always when absent. */
  readonly during?: readonly RoutePeriod[]
  /** What this route takes no later route gets. */
  readonly isLast: boolean
}

/** A time at which a route tells. */
export interface RoutePeriod {
  readonly name: string
  /** IANA name. */
  readonly timeZone: string
  readonly period: TimePeriod
}

/** While something of `when` is wrong, nobody is told of what it explains. */
export interface AlertDependency {
  readonly when: CauseMatch
  readonly mutes: CauseMatch
}

/** What keeps changing is one thing that flaps. */
export interface FlapPolicy {
  readonly changes: number
  readonly withinMs: number
  /** So long without a change it flaps no more. */
  readonly quietMs: number
}

/** What `alerting` of the cluster file says, with every default filled in. */
export interface AlertingPolicy extends Alerting {
  readonly routes: readonly AlertRoute[]
  /** Kind of cause to severity, where it shall not be the usual one. */
  readonly severities: Readonly<Record<string, Severity>>
  /** What comes within this time is one incident. */
  readonly groupWaitMs: number
  /** And shares this. */
  readonly groupBy: 'cluster' | 'service' | 'zone' | 'server'
  /** The least time between two pieces of news of one incident. */
  readonly newsEveryMs: number
  /** An incident is over when all has been well for so long. */
  readonly recoveryMs: number
  /** Nothing counts as flapping when absent. */
  readonly flapping?: FlapPolicy
  readonly dependencies: readonly AlertDependency[]
  /** Address of the console, for links. */
  readonly consoleUrl?: string
}

const MINUTE_MS = 60_000

/** What holds where the cluster file says nothing. */
export const ALERTING_DEFAULTS = {
  groupWaitMs: 5000,
  groupBy: 'cluster',
  newsEveryMs: 30_000,
  recoveryMs: 10_000,
  flapping: { changes: 6, withinMs: 10 * MINUTE_MS, quietMs: 5 * MINUTE_MS },
  everyMs: 240 * MINUTE_MS,
} as const satisfies Partial<AlertingPolicy> & { readonly everyMs: number }

/** Everything from warnings up, to these channels: what holds without `routes`. */
export function plainRoute(channels: readonly string[]): AlertRoute {
  return {
    name: 'default',
    match: { severity: 'warning' },
    channels,
    escalation: [],
    everyMs: ALERTING_DEFAULTS.everyMs,
    updates: true,
    recovery: true,
    acknowledgements: true,
    startup: false,
    isLast: false,
  }
}

/** A policy that says no more than which channels there are. */
export function plainAlerting(channels: Readonly<Record<string, ChannelSettings>>): AlertingPolicy {
  const { everyMs: _, ...defaults } = ALERTING_DEFAULTS
  const routes = [plainRoute(Object.keys(channels))]
  return { ...defaults, channels, routes, severities: {}, dependencies: [] }
}

/** Severity of an ejection where `severities` does not say otherwise: guards page louder. */
export const DOWN_SEVERITY: Severity = 'warning'
