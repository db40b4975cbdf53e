import { answerVerb } from '../shared/coordination/answer-verb.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { api } from '../shared/wire/api.ts'
import type {
  AckRequest,
  SilenceAddRequest,
  SilenceRemoveRequest,
} from '../shared/wire/api-alerts.ts'
import type { AlertShell } from './alert-shell.ts'
import { alertsOf, incidentStatus, silenceStatus } from './alerts-status.ts'
import type { AlertCore } from './core/alert-core.ts'
import { isOpen } from './core/incident.ts'
import type { Deliveries } from './deliveries.ts'

/** What answering needs. */
export interface AnswerParts {
  readonly cluster: string
  /** Name of this alerter. */
  readonly name: string
  readonly bus: Bus
  readonly clock: Clock
  readonly core: AlertCore
  readonly shell: AlertShell
  readonly deliveries: Deliveries
}

/** Answers what operators ask about alerts; returns how to stop answering. */
export function answerAlerts(parts: AnswerParts): readonly (() => void)[] {
  const { cluster, name, bus, clock, core, shell, deliveries } = parts
  const { state } = core
  const silences = () => ({ silences: [...state.silences.values()].map(silenceStatus) })

  async function ack({ incident: id, by, reason, forMs }: AckRequest) {
    const incident = state.incidents.get(id)
    if (incident === undefined) throw unknown(`there is no incident ${id}`, openIncidents())
    if (!isOpen(incident)) throw refused(`incident ${id} is over already`)
    const limit = forMs === undefined ? {} : { forMs }
    await shell.feed({ type: 'acked', at: clock.now(), incident: id, by, reason, ...limit })
    const acked = state.incidents.get(id)
    if (acked === undefined) throw refused(`incident ${id} is over already`)
    return { incident: incidentStatus(state, acked, clock.now()) }
  }

  function openIncidents(): string {
    const open = [...state.incidents.values()].filter(isOpen).map(({ id }) => id)
    return open.length === 0 ? 'none is open' : `open: ${open.join(', ')}`
  }

  async function add({ match, incident, owner, reason, forMs }: SilenceAddRequest) {
    if (incident !== undefined && !state.incidents.has(incident)) {
      throw unknown(`there is no incident ${incident}`, openIncidents())
    }
    const at = clock.now()
    const only = incident === undefined ? {} : { incident }
    const silence = { match, owner, reason, from: at, until: at + forMs, ...only }
    await shell.feed({ type: 'silenced', at, silence })
    return silences()
  }

  async function remove({ id, owner, reason }: SilenceRemoveRequest) {
    if (!state.silences.has(id)) {
      const known = [...state.silences.keys()].join(', ')
      throw unknown(
        `there is no silence ${id}`,
        known === '' ? 'there is none' : `there is ${known}`,
      )
    }
    await shell.feed({ type: 'unsilenced', at: clock.now(), id, by: owner, reason })
    return silences()
  }

  return [
    answerVerb(bus, cluster, api.alerts, async ({ all = false }) =>
      alertsOf(state, { alerter: name, letters: deliveries.deadLetters(), at: clock.now(), all }),
    ),
    answerVerb(bus, cluster, api.ack, ack),
    answerVerb(bus, cluster, api.silences, async () => silences()),
    answerVerb(bus, cluster, api.silenceAdd, add),
    answerVerb(bus, cluster, api.silenceRemove, remove),
  ]
}

function unknown(what: string, known: string): ServiceError {
  return new ServiceError('api.unknown-target', `${what}; ${known}`)
}

function refused(what: string): ServiceError {
  return new ServiceError('api.refused', what)
}
