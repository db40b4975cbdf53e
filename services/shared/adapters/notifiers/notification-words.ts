import { formatDuration } from '../../domain/duration.ts'
import type { Notification, NotificationCause } from '../../domain/notification.ts'
import { fillTemplate, type Placeholder } from '../../domain/template.ts'

/** Wording of one's own, where the cluster file has some. */
export interface Wording {
  readonly subject?: string
  readonly text?: string
  readonly html?: string
}

/** A notification in words; nothing in `subject` and `text` is escaped for anything. */
export interface NotificationWords {
  /** One line, what is wrong first. */
  readonly subject: string
  readonly text: string
}

/** Says a notification, in the usual words or in one's own. */
export function notificationWords(
  notification: Notification,
  wording: Wording = {},
): NotificationWords {
  const usual = { subject: usualSubject(notification), text: usualText(notification) }
  const values = placeholdersOf(notification, usual)
  const { subject = '{{subject}}', text = '{{text}}' } = wording
  return {
    subject: oneLine(fillTemplate(subject, values)),
    text: fillTemplate(text, values),
  }
}

/** The value of each placeholder, in plain text. */
export function placeholdersOf(
  notification: Notification,
  { subject, text }: NotificationWords,
): Readonly<Record<Placeholder, string>> {
  const { cluster, kind, severity, incident = '', level, causes, since, endedAt, at } = notification
  const { ack, links } = notification
  return {
    subject,
    text,
    cluster,
    kind,
    severity,
    incident,
    level: String(level),
    services: names(causes, ({ service }) => service),
    servers: names(causes, ({ server }) => server),
    causes: causes.map(causeLine).join('\n'),
    since: timeInWords(since),
    until: endedAt === undefined ? '' : timeInWords(endedAt),
    duration: formatDuration(Math.max(1000, (endedAt ?? at) - since)),
    time: timeInWords(at),
    ack: ack === undefined ? '' : `${ack.by}: ${ack.reason}`,
    links: links.map(({ label, href }) => `${label}: ${href}`).join('\n'),
  }
}

/** `2026-11-21 16:30:05 UTC`: the same for everybody who is told. */
export function timeInWords(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** The cluster comes last: what is wrong has the few words that a telephone shows. */
function usualSubject({ subject, cluster }: Notification): string {
  return `${subject} [${cluster}]`
}

function usualText({ text, links, incident, at }: Notification): string {
  const lines = [
    text.trimEnd(),
    '',
    ...links.map(({ label, href }) => `${label}: ${href}`),
    ...(incident === undefined ? [] : [`Incident ${incident}`]),
    timeInWords(at),
  ]
  return `${lines.join('\n')}\n`
}

function causeLine({ severity, message, since, endedAt }: NotificationCause): string {
  const state = endedAt === undefined ? severity : `over after ${spanOf(since, endedAt)}`
  return `${state}: ${message} (since ${timeInWords(since)})`
}

function spanOf(since: number, endedAt: number): string {
  return formatDuration(Math.max(1000, endedAt - since))
}

function names(
  causes: readonly NotificationCause[],
  nameOf: (cause: NotificationCause) => string | undefined,
): string {
  return [...new Set(causes.flatMap((cause) => nameOf(cause) ?? []))].join(', ')
}

/** A line break in a header would be another header. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}
