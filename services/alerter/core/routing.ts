import type { AlertingPolicy, AlertRoute } from '../../shared/domain/alerting.ts'
import { type Cause, matchesCause, rankOf } from '../../shared/domain/cause.ts'
import type { Severity } from '../../shared/domain/notification.ts'
import { isWithin } from '../../shared/domain/time-period.ts'
import type { AlertState } from './alert-state.ts'
import type { KeptCause } from './incident.ts'

/** True when a route gets a cause: it matches, and no earlier route kept it for itself. */
export function takes({ routes }: AlertingPolicy, route: AlertRoute, cause: Cause): boolean {
  for (const one of routes) {
    const isMatch = matchesCause(cause, one.match)
    if (one === route) return isMatch
    if (isMatch && one.isLast) return false
  }
  return false
}

/** True at the times at which a route tells anything. */
export function isInPeriod({ config }: AlertState, { during }: AlertRoute, at: number): boolean {
  return (
    during === undefined ||
    during.some(({ timeZone, period }) => isWithin(period, config.wallTime(timeZone, at)))
  )
}

/** True when a cause has failed often enough, or for long enough, for a route. */
export function isDue({ after }: AlertRoute, cause: KeptCause, at: number): boolean {
  if (after === undefined) return true
  const { failures, withinMs, forMs } = after
  if (forMs !== undefined && at - cause.since < forMs) return false
  if (failures === undefined) return true
  return countFailures(cause, at, withinMs) >= failures
}

/** What is counted where nothing says how: once when it comes, and once a minute. */
const PLAIN_PACE = { atOnce: 1, everyMs: 60_000 }

/** Failed checks: of this outage, or of all outages within a time. */
export function countFailures(cause: KeptCause, at: number, withinMs?: number): number {
  const pace = cause.pace ?? PLAIN_PACE
  const from = withinMs === undefined ? cause.since : at - withinMs
  let failures = 0
  for (const [start, end] of outages(cause, at)) {
    if (end < from || (withinMs === undefined && end < at)) continue
    if (start >= from) failures += pace.atOnce
    failures += Math.floor((end - Math.max(start, from)) / pace.everyMs)
  }
  return failures
}

/** From its comings and goings, the latest first; the last one may last. */
function outages(cause: KeptCause, at: number): readonly (readonly [number, number])[] {
  const { changes, endedAt, since } = cause
  const list: [number, number][] = []
  let place = changes.length - 1
  let end = at
  if (endedAt === undefined) {
    list.push([since, at])
    place--
  } else end = endedAt
  for (; place >= 0; place -= 2) {
    end = changes[place] ?? end
    const start = changes[place - 1]
    if (start !== undefined) list.push([start, end])
  }
  return list
}

/** What is remembered of what was said about a cause. */
export function saidOf({ severity, isFlapping }: KeptCause): string {
  return isFlapping ? `${severity}~` : severity
}

/** True when a cause is worse than what was said of it, or nothing was. */
export function isNews(cause: KeptCause, said: string | undefined): boolean {
  if (said === undefined) return true
  const before = said.replace('~', '') as Severity
  if (rankOf(cause.severity) > rankOf(before)) return true
  return cause.isFlapping && !said.endsWith('~')
}
