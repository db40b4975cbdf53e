import { worstOf } from '../../shared/domain/cause.ts'
import type { Notification, NotificationCause, Order } from '../../shared/domain/notification.ts'
import { type AlertCommand, type AlertState, keep } from './alert-state.ts'
import type { Telling } from './decide.ts'
import type { Incident, KeptCause, Told } from './incident.ts'
import { monFacts } from './mon-facts.ts'
import { incidentEvent } from './record-incident.ts'
import { saidOf } from './routing.ts'
import { subjectOf, textOf } from './words.ts'

/** As many messages as an incident remembers, and causes as a message has; the rest is counted. */
const MAX_TOLD = 100
const MAX_CAUSES = 100

/** Puts what is to be told in words and in the incident; stored before anything is sent. */
export function tell(
  state: AlertState,
  incident: Incident,
  tellings: ReadonlyMap<string, Telling>,
  at: number,
): readonly AlertCommand[] {
  if (tellings.size === 0) return []
  const known = { ...incident.known }
  const orders: Order[] = []
  let serial = incident.serial
  for (const [channel, telling] of tellings) {
    serial++
    orders.push({
      channel,
      notification: notify(state, incident, { channel, telling, serial, at }),
    })
    known[channel] = { ...known[channel], ...saidIn(telling) }
  }
  const told = orders.map(({ channel, notification }): Told => {
    const { kind, level, dedupKey } = notification
    return { at, channel, kind, level, dedupKey, state: 'decided' }
  })
  const { lapsed: _, ...rest } = incident
  keep(state, {
    ...rest,
    known,
    serial,
    pending: [...incident.pending, ...orders],
    told: [...incident.told, ...told].slice(-MAX_TOLD),
  })
  return orders.map(({ channel, notification: { kind, level, subject } }) => {
    const what = `${channel} is told (${kind}, level ${level}): ${subject}`
    return incidentEvent(incident, at, 'told', `incident ${incident.id}: ${what}`)
  })
}

function saidIn({ kind, causes }: Telling): Readonly<Record<string, string>> {
  if (kind === 'ack' || kind === 'up') return {}
  return Object.fromEntries(causes.map((cause) => [cause.key, saidOf(cause)]))
}

function notify(
  { config, policy }: AlertState,
  incident: Incident,
  {
    channel,
    telling,
    serial,
    at,
  }: {
    readonly channel: string
    readonly telling: Telling
    readonly serial: number
    readonly at: number
  },
): Notification {
  const { kind, level, route } = telling
  const key = `${incident.id}-${incident.openedAt.toString(36)}`
  const sorted = [...telling.causes].sort(bySeverity)
  const { ack, wellSince } = incident
  const { consoleUrl } = policy
  const words = { incident, telling: { ...telling, causes: sorted }, at }
  const since = Math.min(at, ...sorted.map((cause) => cause.since))
  return {
    cluster: config.cluster,
    dedupKey: `${config.cluster}/${key}/${serial}/${channel}`,
    threadKey: `${config.cluster}-${key}`,
    incident: String(incident.id),
    kind,
    level,
    severity: worstOf(sorted.map(({ severity }) => severity)),
    subject: subjectOf(words),
    text: textOf(words),
    causes: sorted.slice(0, MAX_CAUSES).map(causeOf),
    at,
    since,
    ...(kind === 'up' && { endedAt: wellSince ?? at }),
    ...(route.everyMs !== undefined && kind !== 'up' && { nextInMs: route.everyMs }),
    ...(ack && { ack: { by: ack.by, reason: ack.reason, at: ack.at } }),
    links: consoleUrl === undefined ? [] : [{ label: 'console', href: consoleUrl }],
    mon: monFacts(config.cluster, sorted, at),
  }
}

function causeOf({
  key,
  severity,
  message,
  since,
  endedAt,
  ...rest
}: KeptCause): NotificationCause {
  const { service, server, zone, director } = rest
  return {
    ...{ key, severity, message, since },
    ...(service !== undefined && { service }),
    ...(server !== undefined && { server }),
    ...(zone !== undefined && { zone }),
    ...(director !== undefined && { director }),
    ...(endedAt !== undefined && { endedAt }),
  }
}

function bySeverity(a: KeptCause, b: KeptCause): number {
  const worst = worstOf([a.severity, b.severity])
  if (a.severity !== b.severity) return a.severity === worst ? -1 : 1
  return a.since - b.since || (a.key < b.key ? -1 : 1)
}
