import { formatDuration } from '../../shared/domain/duration.ts'
import type { Telling } from './decide.ts'
import { type Incident, isStanding, type KeptCause } from './incident.ts'

/** What is put in words. */
export interface Wording {
  readonly incident: Incident
  /** Its causes, the worst first. */
  readonly telling: Telling
  readonly at: number
}

/** More than this is counted. */
const MAX_LINES = 20

const OPENINGS: Readonly<Record<Telling['kind'], string>> = {
  down: '',
  escalation: 'still unacknowledged: ',
  reminder: 'still so: ',
  ack: 'acknowledged: ',
  up: 'over: ',
}

/** One line that says most: `CRITICAL: web: no real server is left and 3 more (#17)`. */
export function subjectOf({ incident, telling }: Wording): string {
  const { kind, causes } = telling
  const [worst] = causes
  if (worst === undefined) return `incident ${incident.id}`
  const isLoud = kind !== 'up' && kind !== 'ack' && worst.severity === 'critical'
  const gist = gistOf(causes, kind === 'up') ?? oneOf(causes, worst)
  const line = `${isLoud ? 'CRITICAL: ' : ''}${OPENINGS[kind]}${gist} (#${incident.id})`
  return line.replace(/\s+/g, ' ')
}

function oneOf(causes: readonly KeptCause[], worst: KeptCause): string {
  const more = causes.length - 1
  return more === 0 ? worst.message : `${worst.message} and ${more} more`
}

/** Several real servers in one zone, or one in several services, are one thing. */
function gistOf(causes: readonly KeptCause[], isOver: boolean): string | undefined {
  if (causes.length < 2 || causes.some(({ kind }) => kind !== 'down')) return undefined
  const verb = isOver ? 'were' : 'are'
  const servers = new Set(causes.map(({ server }) => server))
  const services = new Set(causes.map(({ service }) => service))
  const zones = new Set(causes.map(({ zone }) => zone))
  const [server] = servers
  const [service] = services
  const [zone] = zones
  if (servers.size === 1)
    return `${server} ${isOver ? 'was' : 'is'} down in ${services.size} services`
  if (zones.size === 1 && zone !== undefined) {
    return `zone ${zone}: ${servers.size} real servers ${verb} down`
  }
  if (services.size === 1) return `${service}: ${servers.size} real servers ${verb} down`
  return `${servers.size} real servers ${verb} down in ${services.size} services`
}

/** Everything in plain words. */
export function textOf({ incident, telling, at }: Wording): string {
  const { kind, causes, level } = telling
  const lines: string[] = []
  if (incident.lapsed !== undefined) lines.push(sentence(incident.lapsed), '')
  if (kind === 'escalation') lines.push(`Nobody has acknowledged this: level ${level} is told.`, '')
  if (kind === 'ack' && incident.ack) lines.push(ackLine(incident.ack), '')
  if (kind === 'up') {
    const since = Math.min(...causes.map((cause) => cause.since))
    const length = formatDuration(Math.max(1000, (incident.wellSince ?? at) - since))
    lines.push(`All of this is over; it lasted ${length}.`, '')
  }
  for (const cause of causes.slice(0, MAX_LINES)) lines.push(causeLine(cause, at))
  if (causes.length > MAX_LINES) lines.push(`and ${causes.length - MAX_LINES} more`)
  if (kind !== 'up') lines.push(...asideLines(incident, causes, at))
  if (kind === 'down' || kind === 'escalation' || kind === 'reminder') {
    lines.push('', `Take it on: lvsctl ack ${incident.id} --reason "…"`)
  }
  return `${lines.join('\n')}\n`
}

/** What is over already, and what the rest explains. */
function asideLines(
  { causes }: Incident,
  told: readonly KeptCause[],
  at: number,
): readonly string[] {
  const keys = new Set(told.map(({ key }) => key))
  const others = Object.values(causes).filter(({ key }) => !keys.has(key))
  const over = others.filter((cause) => !isStanding(cause)).slice(-MAX_LINES)
  const explained = others.filter((cause) => isStanding(cause) && cause.explainedBy !== undefined)
  const count = explained.length === 1 ? '1 more thing follows' : `${explained.length} more follow`
  return [
    ...(explained.length > 0
      ? [`${count} from this and ${explained.length === 1 ? 'is' : 'are'} not told`]
      : []),
    ...(over.length > 0 ? ['', 'Over already:', ...over.map((cause) => causeLine(cause, at))] : []),
  ]
}

function causeLine(cause: KeptCause, at: number): string {
  const { severity, message, since, endedAt, isFlapping, zone } = cause
  const word = severity === 'critical' ? 'CRITICAL' : severity
  const place = zone === undefined ? '' : ` [${zone}]`
  if (isFlapping) return `${word}: ${message}${place} (flapping: comes and goes)`
  if (endedAt !== undefined) {
    return `over after ${formatDuration(Math.max(1000, endedAt - since))}: ${message}${place}`
  }
  const age = at - since < 60_000 ? '' : ` (for ${formatDuration(at - since)})`
  return `${word}: ${message}${place}${age}`
}

function ackLine({ by, reason }: { readonly by: string; readonly reason: string }): string {
  return reason === '' ? `${by} has taken it on.` : `${by} has taken it on: ${reason}`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
