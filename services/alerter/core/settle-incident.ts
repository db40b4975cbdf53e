import { rankOf } from '../../shared/domain/cause.ts'
import { formatDuration } from '../../shared/domain/duration.ts'
import { type AlertCommand, type AlertState, keep } from './alert-state.ts'
import { add, channelsUpTo, decide, isActive, type Telling } from './decide.ts'
import { type Incident, isOpen, isStanding, type KeptCause, standingCauses } from './incident.ts'
import { silenceOf } from './mark-causes.ts'
import { incidentEvent } from './record-incident.ts'
import { isInPeriod, takes } from './routing.ts'
import { tell } from './tell.ts'

/** Who could not be told so long that it is over is not told at all. */
const OWED_MS = 7 * 86_400_000

/** Brings one incident up to a moment: who is to be told, whether it is over. */
export function settleIncident(state: AlertState, id: number, at: number): readonly AlertCommand[] {
  const commands: AlertCommand[] = []
  const step = (work: (incident: Incident) => readonly AlertCommand[]) => {
    const incident = state.incidents.get(id)
    if (incident !== undefined) commands.push(...work(incident))
  }
  step((incident) => (isOpen(incident) ? forgetGone(state, incident, at) : []))
  step((incident) => (isOpen(incident) ? lapse(state, incident, at) : []))
  step((incident) => (isOpen(incident) ? tellStanding(state, incident, at) : []))
  step((incident) => (isOpen(incident) ? close(state, incident, at) : []))
  step((incident) => (isOpen(incident) ? [] : tellRecovery(state, incident, at)))
  return commands
}

/** What has been gone for a while is news when it comes back. */
function forgetGone(state: AlertState, incident: Incident, at: number): readonly AlertCommand[] {
  const { recoveryMs } = state.policy
  const isGone = (key: string) => {
    const cause = incident.causes[key]
    return cause === undefined || (!isStanding(cause) && at - (cause.endedAt ?? at) >= recoveryMs)
  }
  const prune = <T>(of: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(of).filter(([key]) => !isGone(key)))
  const keys = [...Object.values(incident.known).flatMap(Object.keys)]
  const facts = Object.keys(incident.ack?.facts ?? {})
  if (![...keys, ...facts].some(isGone)) return []
  const known = Object.fromEntries(
    Object.entries(incident.known).map(([channel, said]) => [channel, prune(said)]),
  )
  const { ack } = incident
  keep(state, { ...incident, known, ...(ack && { ack: { ...ack, facts: prune(ack.facts) } }) })
  return []
}

/** An acknowledgement is for what was wrong then; its time may be over, too. */
function lapse(state: AlertState, incident: Incident, at: number): readonly AlertCommand[] {
  const { ack, ...rest } = incident
  if (ack === undefined) return []
  const isWorse = (cause: KeptCause) => {
    const fact = ack.facts[cause.key]
    return fact === undefined || rankOf(cause.severity) > rankOf(fact)
  }
  const worse = standingCauses(incident).find(
    (cause) => isActive(cause) && isWorse(cause) && isRouted(state, cause),
  )
  const isOver = ack.until !== undefined && at >= ack.until
  if (worse === undefined && !isOver) return []
  const why = worse === undefined ? 'its time is over' : worse.message
  const lapsed = `the acknowledgement by ${ack.by} no longer holds: ${why}`
  const routes = Object.fromEntries(
    Object.entries(incident.routes).map(([name, one]) => [name, { ...one, sinceMs: at }]),
  )
  keep(state, { ...rest, lapsed, routes })
  return [incidentEvent(incident, at, 'lapsed', `incident ${incident.id}: ${lapsed}`)]
}

function isRouted({ policy }: AlertState, cause: KeptCause): boolean {
  return policy.routes.some((route) => takes(policy, route, cause))
}

function tellStanding(state: AlertState, incident: Incident, at: number): readonly AlertCommand[] {
  const { tellings, routes } = decide(state, incident, at)
  const isMoved = Object.entries(routes).some(([name, one]) => one !== incident.routes[name])
  if (!isMoved) return []
  const moved = { ...incident, routes }
  keep(state, moved)
  return tell(state, moved, tellings, at)
}

/** Somebody has taken it on: who was told is told that, too. */
export function tellAck(
  state: AlertState,
  incident: Incident,
  at: number,
): readonly AlertCommand[] {
  const tellings = new Map<string, Telling>()
  for (const route of state.policy.routes) {
    const level = incident.routes[route.name]?.level ?? 0
    if (!route.acknowledgements || !isInPeriod(state, route, at)) continue
    const causes = causesFor(state, incident, route)
    for (const channel of channelsUpTo(route, level)) {
      if (incident.known[channel] === undefined) continue
      add(tellings, channel, { kind: 'ack', level, route, causes })
    }
  }
  return tell(state, incident, tellings, at)
}

function close(state: AlertState, incident: Incident, at: number): readonly AlertCommand[] {
  const causes = Object.values(incident.causes)
  if (causes.some(isStanding)) {
    if (incident.wellSince === undefined) return []
    const { wellSince: _, ...rest } = incident
    keep(state, rest)
    return []
  }
  const wellSince = Math.max(...causes.map(({ endedAt }) => endedAt ?? at))
  if (at - wellSince < state.policy.recoveryMs) {
    if (incident.wellSince !== wellSince) keep(state, { ...incident, wellSince })
    return []
  }
  const { lapsed: _, ...rest } = incident
  keep(state, { ...rest, wellSince, closedAt: at })
  const length = formatDuration(Math.max(1000, wellSince - beginningOf(incident)))
  const message = `incident ${incident.id} is over after ${length}`
  return [incidentEvent(incident, at, 'over', message)]
}

/** When the first of its causes began. */
export function beginningOf({ causes, openedAt }: Incident): number {
  return Math.min(openedAt, ...Object.values(causes).map(({ since }) => since))
}

/** Everybody who was told is told that it is over, as soon as may be. */
function tellRecovery(state: AlertState, incident: Incident, at: number): readonly AlertCommand[] {
  if (Object.keys(incident.routes).length === 0) return []
  const tellings = new Map<string, Telling>()
  const routes = { ...incident.routes }
  for (const [name, { level }] of Object.entries(incident.routes)) {
    const route = state.policy.routes.find((one) => one.name === name)
    const isTooLate = at - (incident.closedAt ?? at) > OWED_MS
    if (route === undefined || !route.recovery || isTooLate) {
      delete routes[name]
      continue
    }
    const causes = causesFor(state, incident, route)
    if (!isInPeriod(state, route, at) || isSilenced(state, incident, causes, at)) continue
    delete routes[name]
    for (const channel of channelsUpTo(route, level)) {
      if (incident.known[channel] === undefined) continue
      add(tellings, channel, { kind: 'up', level, route, causes })
    }
  }
  if (Object.keys(routes).length === Object.keys(incident.routes).length) return []
  const next = { ...incident, routes }
  keep(state, next)
  return tell(state, next, tellings, at)
}

function causesFor(
  { policy }: AlertState,
  incident: Incident,
  route: Telling['route'],
): readonly KeptCause[] {
  return Object.values(incident.causes).filter((cause) => takes(policy, route, cause))
}

/** A silence that covers all of it delays the good news, too. */
function isSilenced(
  state: AlertState,
  incident: Incident,
  causes: readonly KeptCause[],
  at: number,
): boolean {
  if (causes.length === 0) return false
  return causes.every((cause) => silenceOf(state, incident, cause, at) !== undefined)
}
