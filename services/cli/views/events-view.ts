import { LOG_EVENT_TYPES, type LogEvent } from '../../shared/domain/log-event.ts'
import { localTime } from '../local-time.ts'
import { type Cell, layOut, type TableLayout } from '../table.ts'

const COLUMNS = [{ title: 'TIME' }, { title: 'EVENT' }, { title: 'WHAT' }] as const

/** The event log, oldest first; messages are never cut, for they are what is looked for. */
export function eventLines(events: readonly LogEvent[]): readonly string[] {
  if (events.length === 0) return ['nothing has happened yet']
  const rows = events.map(cells)
  const layout = layOut(COLUMNS, rows, Number.POSITIVE_INFINITY)
  return [layout.head, ...rows.map((row) => layout.line(row))]
}

/** A layout for these events and for any that may follow. */
export function eventLayout(events: readonly LogEvent[]): TableLayout {
  const widest = Math.max(...LOG_EVENT_TYPES.map(({ length }) => length))
  const columns = COLUMNS.map((column) =>
    column.title === 'EVENT' ? { ...column, minWidth: widest } : column,
  )
  const example = { at: 0, type: 'health', message: '' } as const
  return layOut(columns, [...events, example].map(cells), Number.POSITIVE_INFINITY)
}

/** One event in a layout. */
export function eventLine(layout: TableLayout, event: LogEvent): string {
  return layout.line(cells(event))
}

function cells({ at, type, message }: LogEvent): readonly Cell[] {
  return [{ text: localTime(at) }, { text: type }, { text: message }]
}
