import type { AlertRoute } from '../../shared/domain/alerting.ts'
import type { AlertState } from './alert-state.ts'
import { type Incident, type KeptCause, type RouteProgress, standingCauses } from './incident.ts'
import { isDue, isInPeriod, isNews, takes } from './routing.ts'

/** What a channel is told at one moment, before it is put in words. */
export interface Telling {
  readonly kind: 'down' | 'escalation' | 'reminder' | 'ack' | 'up'
  readonly level: number
  readonly route: AlertRoute
  readonly causes: readonly KeptCause[]
}

/** What is to be told about an incident, and how far its routes have come with that. */
export interface Decision {
  readonly tellings: ReadonlyMap<string, Telling>
  readonly routes: Readonly<Record<string, RouteProgress>>
}

/** The louder the later: of two things for one channel the louder is told. */
const LOUDNESS: readonly Telling['kind'][] = ['ack', 'up', 'reminder', 'down', 'escalation']

/** What is to be told of an incident that is not over. Nothing while it gathers. */
export function decide(state: AlertState, incident: Incident, at: number): Decision {
  const tellings = new Map<string, Telling>()
  const routes = { ...incident.routes }
  if (at < incident.openedAt + state.policy.groupWaitMs) return { tellings, routes }
  for (const route of state.policy.routes) {
    if (!isInPeriod(state, route, at)) continue
    const taken = standingCauses(incident).filter((cause) => takes(state.policy, route, cause))
    const active = taken.filter((cause) => isActive(cause) && isDue(route, cause, at))
    if (active.length === 0) continue
    const before = routes[route.name] ?? { level: 0, sinceMs: at, toldAt: 0 }
    const after = decideRoute(state, incident, { route, active, before, at }, tellings)
    if (after !== before) routes[route.name] = after
  }
  return { tellings, routes }
}

/** People are to be told of it: it is neither silenced nor explained by something else. */
export function isActive({ explainedBy, silencedBy }: KeptCause): boolean {
  return explainedBy === undefined && silencedBy === undefined
}

interface RouteSituation {
  readonly route: AlertRoute
  readonly active: readonly KeptCause[]
  readonly before: RouteProgress
  readonly at: number
}

function decideRoute(
  { policy }: AlertState,
  incident: Incident,
  { route, active, before, at }: RouteSituation,
  tellings: Map<string, Telling>,
): RouteProgress {
  if (incident.ack !== undefined) return before
  const hasNews = (channel: string) =>
    active.some((cause) => isNews(cause, incident.known[channel]?.[cause.key]))
  const tell = (kind: Telling['kind'], level: number, channels: readonly string[]) => {
    for (const channel of channels) {
      add(tellings, channel, { kind, level, route, causes: active })
    }
  }
  if (before.level === 0) {
    tell('down', 1, route.channels.filter(hasNews))
    return { level: 1, sinceMs: at, toldAt: at }
  }
  const reached = channelsUpTo(route, before.level)
  const stepped = nextLevel(route, before, at)
  if (stepped !== undefined) {
    tell('escalation', stepped.level, stepped.channels)
    return { ...before, level: stepped.level, toldAt: at }
  }
  const isNewsDue = incident.lapsed !== undefined || at - before.toldAt >= policy.newsEveryMs
  const told = reached.filter(hasNews)
  if (route.updates && isNewsDue && told.length > 0) {
    tell('down', before.level, told)
    return { ...before, toldAt: at }
  }
  if (route.everyMs === undefined || at - before.toldAt < route.everyMs) return before
  tell('reminder', before.level, reached)
  return { ...before, toldAt: at }
}

function nextLevel(
  { escalation }: AlertRoute,
  { level, sinceMs }: RouteProgress,
  at: number,
): { readonly level: number; readonly channels: readonly string[] } | undefined {
  const next = escalation[level - 1]
  if (next === undefined || at - sinceMs < next.afterMs) return undefined
  return { level: level + 1, channels: next.channels }
}

/** Everybody who has been told when a level is reached. */
export function channelsUpTo(route: AlertRoute, level: number): readonly string[] {
  if (level === 0) return []
  const further = route.escalation.slice(0, level - 1).flatMap(({ channels }) => channels)
  return [...new Set([...route.channels, ...further])]
}

/** Two routes to one channel are one message about the causes of both. */
export function add(tellings: Map<string, Telling>, channel: string, telling: Telling): void {
  const other = tellings.get(channel)
  if (other === undefined) {
    tellings.set(channel, telling)
    return
  }
  const isLouder = LOUDNESS.indexOf(telling.kind) > LOUDNESS.indexOf(other.kind)
  const { kind, route } = isLouder ? telling : other
  const causes = new Map([...other.causes, ...telling.causes].map((cause) => [cause.key, cause]))
  const level = Math.max(telling.level, other.level)
  tellings.set(channel, { kind, level, route, causes: [...causes.values()] })
}
