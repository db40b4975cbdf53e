import type { Cause } from '../../shared/domain/cause.ts'
import { type AlertCommand, type AlertState, keep } from './alert-state.ts'
import { type Incident, isOpen, type KeptCause, standingCauses } from './incident.ts'
import { incidentEvent } from './record-incident.ts'

/** As many comings and goings as are remembered of one cause. */
const MAX_CHANGES = 40

/**
 * Compares what is wrong with what is known: what is new opens an incident or joins one, what is
 * gone has ended, what is back goes on.
 */
export function takeSeen(
  state: AlertState,
  seen: readonly Cause[],
  at: number,
): readonly AlertCommand[] {
  const present = new Map(seen.map((cause) => [cause.key, withSeverity(state, cause)]))
  for (const incident of state.incidents.values()) {
    if (isOpen(incident)) follow(state, incident, present, at)
  }
  const news = [...present.values()].sort((a, b) => a.since - b.since || compare(a.key, b.key))
  return news.flatMap((cause) => admit(state, cause, at))
}

function withSeverity({ policy }: AlertState, cause: Cause): Cause {
  const severity = policy.severities[cause.kind] ?? cause.severity
  return severity === cause.severity ? cause : { ...cause, severity }
}

/** Takes what the incident has out of what is present; the rest is new. */
function follow(
  state: AlertState,
  incident: Incident,
  present: Map<string, Cause>,
  at: number,
): void {
  const changed: Record<string, KeptCause> = {}
  for (const kept of Object.values(incident.causes)) {
    const now = present.get(kept.key)
    present.delete(kept.key)
    const next = now === undefined ? gone(kept, at) : still(kept, now, at)
    if (next !== kept) changed[kept.key] = next
  }
  if (Object.keys(changed).length === 0) return
  keep(state, { ...incident, causes: { ...incident.causes, ...changed } })
}

function gone(kept: KeptCause, at: number): KeptCause {
  if (kept.endedAt !== undefined) return kept
  return { ...kept, endedAt: at, changes: withChange(kept.changes, at) }
}

/** What was said of it first is kept: words that change every second are no news. */
function still(kept: KeptCause, now: Cause, at: number): KeptCause {
  if (kept.endedAt !== undefined) {
    const { endedAt: _, ...rest } = kept
    const { message, severity } = now
    const since = Math.min(now.since, at)
    return { ...rest, message, severity, since, changes: withChange(kept.changes, at) }
  }
  return kept.severity === now.severity
    ? kept
    : { ...kept, severity: now.severity, message: now.message }
}

function withChange(changes: readonly number[], at: number): readonly number[] {
  return [...changes, at].slice(-MAX_CHANGES)
}

function admit(state: AlertState, cause: Cause, at: number): readonly AlertCommand[] {
  const since = Math.min(cause.since, at)
  const changes = withChange(formerChanges(state, cause.key), at)
  const kept: KeptCause = { ...cause, since, changes, isFlapping: false }
  const joined = findIncident(state, cause, at)
  if (joined !== undefined) {
    const { wellSince: _, ...incident } = joined
    keep(state, { ...incident, causes: { ...joined.causes, [cause.key]: kept } })
    return []
  }
  const incident: Incident = {
    id: state.memory.nextId,
    openedAt: at,
    causes: { [cause.key]: kept },
    routes: {},
    known: {},
    serial: 0,
    pending: [],
    told: [],
  }
  state.memory = { ...state.memory, nextId: incident.id + 1 }
  keep(state, incident)
  return [incidentEvent(incident, at, 'opened', `incident ${incident.id}: ${cause.message}`)]
}

/** What it did in an incident that is over already. */
function formerChanges({ incidents }: AlertState, key: string): readonly number[] {
  let latest: readonly number[] = []
  for (const { causes } of incidents.values()) {
    const changes = causes[key]?.changes ?? []
    if ((changes.at(-1) ?? 0) > (latest.at(-1) ?? 0)) latest = changes
  }
  return latest
}

/** The oldest open incident that it belongs to. */
function findIncident(state: AlertState, cause: Cause, at: number): Incident | undefined {
  const { groupBy, groupWaitMs } = state.policy
  for (const incident of state.incidents.values()) {
    if (!isOpen(incident)) continue
    const causes = Object.values(incident.causes)
    const [first] = causes
    if (first === undefined || groupOf(first, groupBy) !== groupOf(cause, groupBy)) continue
    const isSimultaneous = at <= incident.openedAt + groupWaitMs
    if (isSimultaneous || standingCauses(incident).some((one) => isRelated(one, cause))) {
      return incident
    }
  }
  return undefined
}

function groupOf(cause: Cause, by: AlertState['policy']['groupBy']): string {
  return by === 'cluster' ? '' : (cause[by] ?? '')
}

/** One real server, one service, one director or one vantage. */
function isRelated(a: Cause, b: Cause): boolean {
  const isSame = (key: 'server' | 'service' | 'director' | 'vantage') =>
    a[key] !== undefined && a[key] === b[key]
  return isSame('server') || isSame('service') || isSame('director') || isSame('vantage')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
