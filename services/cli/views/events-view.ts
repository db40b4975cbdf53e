import type { LogEvent } from '../../shared/domain/log-event.ts'
import { localTime } from '../local-time.ts'
import { layOut } from '../table.ts'

const COLUMNS = [{ title: 'TIME' }, { title: 'EVENT' }, { title: 'WHAT' }] as const

/** The event log, oldest first; messages are never cut, for they are what is looked for. */
export function eventLines(events: readonly LogEvent[]): readonly string[] {
  if (events.length === 0) return ['nothing has happened yet']
  const rows = events.map(({ at, type, message }) => [
    { text: localTime(at) },
    { text: type },
    { text: message },
  ])
  const layout = layOut(COLUMNS, rows, Number.POSITIVE_INFINITY)
  return [layout.head, ...rows.map((row) => layout.line(row))]
}
