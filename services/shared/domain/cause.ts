import { SEVERITIES, type Severity } from './notification.ts'

/** One thing that is wrong now, as the alerter sees it. */
export interface Cause {
  /** Stable identity: `down/web/web1`, or the key of the controller's alert: `guard/web`. */
  readonly key: string
  /** The first part of the key: `down`, `guard`, `director-silent`, … */
  readonly kind: string
  readonly severity: Severity
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly service?: string
  readonly server?: string
  readonly zone?: string
  readonly director?: string
  readonly vantage?: string
  readonly labels?: Readonly<Record<string, string>>
  /** How failures are counted where somebody wants several. */
  readonly pace?: Pace
}

/** Failed checks that it took, and the time from one failed check to the next. */
export interface Pace {
  readonly atOnce: number
  readonly everyMs: number
}

/** Which causes are meant; what is absent does not matter. A list is any of them. */
export interface CauseMatch {
  readonly kinds?: readonly string[]
  readonly services?: readonly string[]
  readonly servers?: readonly string[]
  readonly zones?: readonly string[]
  readonly directors?: readonly string[]
  readonly vantages?: readonly string[]
  /** At least this severe. */
  readonly severity?: Severity
  /** All of these. */
  readonly labels?: Readonly<Record<string, string>>
}

/** True when a cause is meant. */
export function matchesCause(cause: Cause, match: CauseMatch): boolean {
  const { severity, labels = {} } = match
  if (severity !== undefined && rankOf(cause.severity) < rankOf(severity)) return false
  return (
    isAmong(cause.kind, match.kinds) &&
    isAmong(cause.service, match.services) &&
    isAmong(cause.server, match.servers) &&
    isAmong(cause.zone, match.zones) &&
    isAmong(cause.director, match.directors) &&
    isAmong(cause.vantage, match.vantages) &&
    Object.entries(labels).every(([name, value]) => cause.labels?.[name] === value)
  )
}

/** 0 for the least. */
export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

/** The worst of some; `info` when there are none. */
export function worstOf(severities: readonly Severity[]): Severity {
  return severities.reduce<Severity>(
    (worst, one) => (rankOf(one) > rankOf(worst) ? one : worst),
    'info',
  )
}

function isAmong(value: string | undefined, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value))
}

/** Kinds of cause that the cluster file may name: an ejection, and every alert of controllers. */
export const CAUSE_KINDS = [
  'down',
  'unwatched',
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
  'vantages',
  'vantage-lost',
  'vantage-suspect',
  'prober-lost',
  'prober-suspect',
  'prober-clock',
  'director-problem',
  'director-sysctls',
  'director-silent',
  'director-missing',
  'director-unknown',
  'director-differs',
  'controller-silent',
  'override-ends',
  'drain-deadline',
  'state-damaged',
] as const
