import type { AuditEntry } from '../../shared/wire/audit-message.ts'
import { localTime } from '../local-time.ts'
import { layOut } from '../table.ts'

const COLUMNS = [
  { title: 'TIME' },
  { title: 'WHO' },
  { title: 'WHAT' },
  { title: 'RESULT' },
  { title: 'FROM AND WHY' },
] as const

/** A line a change: what was asked, and what came of it. */
export function auditLines(entries: readonly AuditEntry[], width: number): readonly string[] {
  const ends = new Map(
    entries.filter(({ phase }) => phase !== 'asked').map((entry) => [entry.id, entry]),
  )
  const asked = new Set(entries.filter(({ phase }) => phase === 'asked').map(({ id }) => id))
  const shown = entries.filter(({ id, phase }) => phase === 'asked' || !asked.has(id))
  if (shown.length === 0) return ['nothing was changed']
  const rows = shown.map((entry) => {
    const end = entry.phase === 'asked' ? ends.get(entry.id) : entry
    return [
      { text: localTime(entry.at) },
      { text: entry.by },
      { text: whatOf(entry) },
      { text: resultOf(end) },
      { text: [entry.from, entry.why, end?.error?.message].filter(Boolean).join('; ') },
    ]
  })
  const layout = layOut(COLUMNS, rows, width)
  return [layout.head, ...rows.map((row) => layout.line(row))]
}

/** `drain web1 web2`. */
function whatOf({ verb, request }: AuditEntry): string {
  const { targets, target, name, user, id } = Object(request) as Record<string, unknown>
  const about = [targets ?? target ?? name ?? user ?? id ?? []].flat().map(String)
  return [verb, ...about].join(' ')
}

function resultOf(end: AuditEntry | undefined): string {
  if (end === undefined) return 'unknown'
  const before = end.unwritten === undefined ? '' : ` (and ${end.unwritten} more before)`
  return `${end.error === undefined ? end.phase : `${end.phase} ${end.error.code}`}${before}`
}
