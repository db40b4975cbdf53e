import type {
  Alerts,
  IncidentStatus,
  SilenceStatus,
} from '../../services/shared/wire/api-alerts.ts'
import { NOON } from './lvsctl-data.ts'

type CauseStatus = IncidentStatus['causes'][number]

/** A real server that has been down for ten minutes, but for what is said otherwise. */
export function cause(changes: Partial<CauseStatus> = {}): CauseStatus {
  return {
    key: 'down/web/web1',
    severity: 'critical',
    message: 'web/web1 is down: connection refused',
    since: '2026-07-15T11:50:00.000Z',
    flapping: false,
    ...changes,
  }
}

/** An open incident of one cause that nobody was told of, but for what is said otherwise. */
export function incident(changes: Partial<IncidentStatus> = {}): IncidentStatus {
  return {
    incident: 17,
    state: 'open',
    severity: 'critical',
    since: '2026-07-15T11:50:00.000Z',
    summary: 'web/web1 is down: connection refused',
    level: 0,
    causes: [cause()],
    told: [],
    ...changes,
  }
}

/** A silence of everything for two hours from noon, but for what is said otherwise. */
export function silence(changes: Partial<SilenceStatus> = {}): SilenceStatus {
  return {
    id: 's1',
    covers: 'everything',
    match: {},
    owner: 'anna',
    reason: '',
    since: NOON,
    until: '2026-07-15T14:00:00.000Z',
    ...changes,
  }
}

/** The answer of an alerter with nothing to tell, but for what is said otherwise. */
export function alerts(changes: Partial<Alerts> = {}): Alerts {
  return {
    at: NOON,
    alerter: 'alerter1',
    channels: ['ops'],
    incidents: [],
    silences: [],
    deadLetters: [],
    ...changes,
  }
}
