import { rankOf, worstOf } from '../shared/domain/cause.ts'
import type { DeadLetter } from '../shared/domain/notification.ts'
import { isoTime } from '../shared/runtime/iso-time.ts'
import type { Alerts, IncidentStatus, SilenceStatus } from '../shared/wire/api-alerts.ts'
import { inWords } from './core/acts.ts'
import type { AlertState } from './core/alert-state.ts'
import {
  type Incident,
  isOpen,
  isStanding,
  type KeptCause,
  type Silence,
  standingCauses,
} from './core/incident.ts'
import { beginningOf } from './core/settle-incident.ts'

/** Everything about alerts as operators see it; incidents that are over only with `all`. */
export function alertsOf(state: AlertState, { alerter, letters, at, all }: AlertsView): Alerts {
  const incidents = [...state.incidents.values()].filter((one) => all || isOpen(one))
  return {
    at: isoTime(at),
    alerter,
    channels: Object.keys(state.policy.channels),
    incidents: incidents.map((one) => incidentStatus(state, one, at)).sort(openFirst),
    silences: [...state.silences.values()].map(silenceStatus),
    deadLetters: letters.map(({ isUncertain, at: givenUpAt, dedupKey: _, ...letter }) => ({
      ...letter,
      at: isoTime(givenUpAt),
      uncertain: isUncertain,
    })),
  }
}

/** What is to be shown, and by whom. */
export interface AlertsView {
  readonly alerter: string
  readonly letters: readonly DeadLetter[]
  readonly at: number
  readonly all: boolean
}

/** One incident as operators see it. */
export function incidentStatus(state: AlertState, incident: Incident, at: number): IncidentStatus {
  const { id, causes, routes, ack, told, closedAt, wellSince } = incident
  const standing = standingCauses(incident)
  const shown = isOpen(incident) && standing.length > 0 ? standing : Object.values(causes)
  const [worst] = [...shown].sort(
    (a, b) => rankOf(b.severity) - rankOf(a.severity) || a.since - b.since,
  )
  const more = shown.length > 1 ? ` and ${shown.length - 1} more` : ''
  const levels = Object.values(routes).map(({ level }) => level)
  return {
    incident: id,
    state: stateOf(state, incident, at),
    severity: worstOf(shown.map(({ severity }) => severity)),
    since: isoTime(beginningOf(incident)),
    ...(closedAt !== undefined && { overAt: isoTime(wellSince ?? closedAt) }),
    summary: `${worst?.message ?? 'nothing'}${more}`,
    level: Math.max(0, ...levels, ...told.map(({ level }) => level)),
    causes: Object.values(causes).map(causeStatus),
    ...(ack && {
      ack: {
        ...{ by: ack.by, reason: ack.reason, at: isoTime(ack.at) },
        ...(ack.until !== undefined && { until: isoTime(ack.until) }),
      },
    }),
    told: told.map(({ at: toldAt, channel, kind, level, state: end }) => {
      return { at: isoTime(toldAt), channel, kind, level, state: end }
    }),
  }
}

function stateOf({ policy }: AlertState, incident: Incident, at: number): IncidentStatus['state'] {
  if (!isOpen(incident)) return 'over'
  if (incident.ack !== undefined) return 'acknowledged'
  const standing = standingCauses(incident)
  if (standing.length > 0 && standing.every(({ silencedBy }) => silencedBy)) return 'silenced'
  return at < incident.openedAt + policy.groupWaitMs ? 'gathering' : 'open'
}

function causeStatus(cause: KeptCause): IncidentStatus['causes'][number] {
  const { key, severity, message, since, endedAt, isFlapping } = cause
  const { service, server, zone, director, explainedBy, silencedBy } = cause
  return {
    ...{ key, severity, message, since: isoTime(since), flapping: isFlapping },
    ...(service !== undefined && { service }),
    ...(server !== undefined && { server }),
    ...(zone !== undefined && { zone }),
    ...(director !== undefined && { director }),
    ...(endedAt !== undefined && !isStanding(cause) && { endedAt: isoTime(endedAt) }),
    ...(explainedBy !== undefined && { explainedBy }),
    ...(silencedBy !== undefined && { silencedBy }),
  }
}

/** One silence as operators see it. */
export function silenceStatus(silence: Silence): SilenceStatus {
  const { id, match, incident, owner, reason, from, until } = silence
  return {
    ...{ id, covers: inWords(silence), match: match as SilenceStatus['match'], owner, reason },
    ...(incident !== undefined && { incident }),
    since: isoTime(from),
    until: isoTime(until),
  }
}

function openFirst(a: IncidentStatus, b: IncidentStatus): number {
  const isOver = (one: IncidentStatus) => (one.state === 'over' ? 1 : 0)
  return isOver(a) - isOver(b) || b.incident - a.incident
}
