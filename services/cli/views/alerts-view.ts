import { formatDuration } from '../../shared/domain/duration.ts'
import type { Alerts, IncidentStatus, SilenceStatus } from '../../shared/wire/api-alerts.ts'
import { age, localTime } from '../local-time.ts'
import type { Style } from '../style.ts'
import { layOut } from '../table.ts'
import { cut, oneLine } from '../text-width.ts'

/** More causes or letters than these are counted. */
const MAX_LINES = 8

const SILENCE_COLUMNS = [
  { title: 'SILENCE' },
  { title: 'UNTIL' },
  { title: 'OWNER' },
  { title: 'COVERS' },
  { title: 'REASON' },
] as const

/** Everything about alerts: incidents first, then silences, then what could not be told. */
export function alertLines(answer: Alerts, style: Style, width: number): readonly string[] {
  const { incidents, silences, deadLetters, at, alerter, channels } = answer
  const open = incidents.filter(({ state }) => state !== 'over').length
  const by = channels.length === 0 ? style.bad('no channels') : channels.join(', ')
  const head = open === 0 ? style.good('no incident is open') : style.bad(`${open} open`)
  const lines = [cut(`alerts of ${oneLine(alerter)} by ${by}: ${head}`, Number.POSITIVE_INFINITY)]
  for (const incident of incidents) {
    lines.push('', ...incidentLines(incident, at, style).map((line) => cut(line, width)))
  }
  if (silences.length > 0) lines.push('', ...silenceLines(silences, style, width))
  if (deadLetters.length > 0) lines.push('', ...letterLines(answer, style, width))
  return lines
}

function incidentLines(
  { incident, state, severity, since, overAt, summary, level, causes, ack, told }: IncidentStatus,
  at: string,
  style: Style,
): readonly string[] {
  const paint = state === 'over' ? style.faint : severity === 'critical' ? style.bad : style.warn
  const lasted =
    overAt === undefined
      ? `for ${age(since, at)}`
      : `after ${formatDuration(Math.max(1000, Date.parse(overAt) - Date.parse(since)))}`
  const reached = level > 1 ? `, level ${level} told` : ''
  const lines = [
    paint(`#${incident} ${severity} ${state} ${lasted}${reached}: ${oneLine(summary)}`),
  ]
  for (const cause of causes.slice(0, MAX_LINES)) lines.push(causeLine(cause, at, style))
  if (causes.length > MAX_LINES) lines.push(`    … and ${causes.length - MAX_LINES} more`)
  if (ack !== undefined) {
    const until = ack.until === undefined ? '' : ` until ${localTime(ack.until)}`
    const why = ack.reason === '' ? '' : `: ${oneLine(ack.reason)}`
    lines.push(`  acknowledged by ${oneLine(ack.by)} at ${localTime(ack.at)}${until}${why}`)
  }
  lines.push(`  ${toldLine(told)}`)
  return lines
}

function causeLine(cause: IncidentStatus['causes'][number], at: string, style: Style): string {
  const { severity, message, since, endedAt, flapping, explainedBy, silencedBy } = cause
  const marks = [
    ...(flapping ? ['flapping'] : []),
    ...(explainedBy === undefined ? [] : [`explained by ${explainedBy}`]),
    ...(silencedBy === undefined ? [] : [`silence ${silencedBy}`]),
    ...(endedAt === undefined ? [] : ['over']),
  ]
  const mark = marks.length === 0 ? '' : ` (${marks.join(', ')})`
  const point = endedAt === undefined ? '*' : '-'
  const lasted = age(since, endedAt ?? at)
  const text = `  ${point} ${severity} for ${lasted}${mark}: ${oneLine(message)}`
  return endedAt === undefined ? text : style.faint(text)
}

function toldLine(told: IncidentStatus['told']): string {
  if (told.length === 0) return 'nobody was told'
  const last = new Map(told.map((one) => [one.channel, one]))
  const words = [...last.values()].map(({ channel, kind, at, state }) => {
    const end = state === 'delivered' ? '' : ` (${state === 'given-up' ? 'NOT TOLD' : state})`
    return `${channel} ${kind} ${localTime(at)}${end}`
  })
  return `told: ${words.join(', ')}`
}

function letterLines({ deadLetters }: Alerts, style: Style, width: number): readonly string[] {
  const count = deadLetters.length
  const head = `${count} ${count === 1 ? 'message was' : 'messages were'} not told:`
  const lines = deadLetters
    .slice(0, MAX_LINES)
    .map(({ at, channel, subject, reason, uncertain }) => {
      const perhaps = uncertain ? ' (it may have arrived)' : ''
      return cut(
        `  ${localTime(at)} ${channel}: ${oneLine(subject)}: ${oneLine(reason)}${perhaps}`,
        width,
      )
    })
  const rest = count > MAX_LINES ? [`  … and ${count - MAX_LINES} more`] : []
  return [style.bad(head), ...lines, ...rest]
}

/** Silences, the one that ends first on top. */
export function silenceLines(
  silences: readonly SilenceStatus[],
  style: Style,
  width: number,
): readonly string[] {
  if (silences.length === 0) return ['no silences']
  const sorted = [...silences].sort((a, b) => a.until.localeCompare(b.until))
  const rows = sorted.map(({ id, until, owner, covers, reason }) => [
    { text: id, paint: style.warn },
    { text: localTime(until) },
    { text: owner },
    { text: covers },
    { text: reason },
  ])
  const layout = layOut(SILENCE_COLUMNS, rows, width)
  return [layout.head, ...rows.map((row) => layout.line(row))]
}

/** What was taken on, and what that means. */
export function ackLines(
  { incident, summary, ack }: IncidentStatus,
  style: Style,
): readonly string[] {
  const until = ack?.until === undefined ? 'until it is over' : `until ${localTime(ack.until)}`
  return [
    `${style.good('acknowledged')}: #${incident} ${oneLine(summary)}`,
    `  no reminders and no further levels ${until}; it lapses when more goes wrong`,
  ]
}
