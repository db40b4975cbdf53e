import type { Alert, OverAlert } from '../domain/alert.ts'
import { formatDuration } from '../domain/duration.ts'
import type { Notice } from '../ports/notifier.ts'

/** A notice for people: one line that says most, and all of it. */
export interface NoticeWords {
  readonly subject: string
  readonly body: string
}

/** Says a notice in words; what is wrong comes before what is over. */
export function noticeInWords({ cluster, raised, over }: Notice): NoticeWords {
  const lines = [...raised.map(raisedLine), ...over.map(overLine)]
  const [first = 'nothing'] = lines
  const more = lines.length > 1 ? ` and ${lines.length - 1} more` : ''
  return { subject: `${cluster}: ${first}${more}`, body: `${lines.join('\n')}\n` }
}

function raisedLine({ severity, message }: Alert): string {
  return `${severity === 'critical' ? 'CRITICAL' : 'warning'}: ${message}`
}

function overLine({ message, since, endedAt }: OverAlert): string {
  return `over after ${formatDuration(Math.max(1000, endedAt - since))}: ${message}`
}
