import { formatDuration } from '../../shared/domain/duration.ts'
import { type AlertCommand, type AlertEvent, type AlertState, keep } from './alert-state.ts'
import { type Ack, isOpen, type Silence, standingCauses } from './incident.ts'
import { incidentEvent } from './record-incident.ts'
import { tellAck } from './settle-incident.ts'

type EventOf<T extends AlertEvent['type']> = Extract<AlertEvent, { readonly type: T }>

/** Somebody takes an open incident on; what is not open stays as it is. */
export function acknowledge(state: AlertState, event: EventOf<'acked'>): readonly AlertCommand[] {
  const { at, by, reason, forMs } = event
  const incident = state.incidents.get(event.incident)
  if (incident === undefined || !isOpen(incident)) return []
  const facts = standingCauses(incident).map(({ key, severity }) => [key, severity] as const)
  const ack: Ack = {
    ...{ by, reason, at, facts: Object.fromEntries(facts) },
    ...(forMs !== undefined && { until: at + forMs }),
  }
  const acked = { ...incident, ack }
  keep(state, acked)
  const why = reason === '' ? '' : `: ${reason}`
  const limit = forMs === undefined ? '' : ` for ${formatDuration(forMs)}`
  const message = `incident ${incident.id}: ${by} acknowledges it${limit}${why}`
  return [incidentEvent(incident, at, 'acked', message, by), ...tellAck(state, acked, at)]
}

/** A silence begins. */
export function addSilence(state: AlertState, event: EventOf<'silenced'>): readonly AlertCommand[] {
  const { at } = event
  const id = `s${state.memory.nextSilence}`
  const silence = { ...event.silence, id }
  state.memory = { ...state.memory, nextSilence: state.memory.nextSilence + 1 }
  state.silences.set(id, silence)
  const { owner, until, reason } = silence
  const why = reason === '' ? '' : `: ${reason}`
  const what = `no alerts of ${inWords(silence)} for ${formatDuration(until - at)}`
  const message = `silence ${id}: ${owner} wants ${what}${why}`
  return [{ type: 'save-silence', silence }, operatorEvent(at, 'silence', message, owner)]
}

/** A silence is over before its time. What it held back is told now. */
export function removeSilence(
  state: AlertState,
  { at, id, by, reason }: EventOf<'unsilenced'>,
): readonly AlertCommand[] {
  if (!state.silences.delete(id)) return []
  const why = reason === '' ? '' : `: ${reason}`
  const message = `silence ${id}: ${by} ends it${why}`
  return [{ type: 'forget-silence', id }, operatorEvent(at, 'silence-removed', message, by)]
}

/** Silences whose time is over. */
export function endSilences(state: AlertState, at: number): readonly AlertCommand[] {
  const over = [...state.silences.values()].filter(({ until }) => at >= until)
  return over.flatMap(({ id, owner }) => {
    state.silences.delete(id)
    const message = `silence ${id} of ${owner} is over`
    return [{ type: 'forget-silence', id }, operatorEvent(at, 'silence-over', message)] as const
  })
}

function operatorEvent(at: number, to: string, message: string, by?: string): AlertCommand {
  const event = { at, type: 'operator', to, message, ...(by !== undefined && { by }) } as const
  return { type: 'record-event', event }
}

/** What a silence covers: `service web, zone rack-b`. */
export function inWords({ match, incident }: Pick<Silence, 'match' | 'incident'>): string {
  const { severity, labels = {}, ...lists } = match
  const parts = [
    ...(incident === undefined ? [] : [`incident ${incident}`]),
    ...Object.entries(lists).map(([key, values]) => `${key.slice(0, -1)} ${values.join(' or ')}`),
    ...(severity === undefined ? [] : [`${severity} and worse`]),
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
  ]
  return parts.length === 0 ? 'everything' : parts.join(', ')
}
