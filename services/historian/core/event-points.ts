import type { LogEvent, LogEventType } from '../../shared/domain/log-event.ts'
import type { FieldValue, Point } from '../../shared/domain/point.ts'

const OPERATORS: ReadonlySet<LogEventType> = new Set<LogEventType>([
  'operator',
  'override-ended',
  'cluster-file',
])

/** Thousandths of a millisecond: as many events of one millisecond keep apart. */
const PER_MILLISECOND = 1000

/**
 * An entry of the event log as a point. Its place in the log is in the decimals of its time, so
 * that events of one moment are several points, and one that is written twice is there once.
 */
export function eventPoint(event: LogEvent, sequence: number): Point {
  const { type, service, server, director, from, to, by, message } = event
  const at = event.at + (sequence % PER_MILLISECOND) / PER_MILLISECOND
  const tags = {
    type,
    ...(service !== undefined && { service }),
    ...(server !== undefined && { server }),
    ...(director !== undefined && { director }),
  }
  const fields: Record<string, FieldValue> = { message, sequence }
  if (to !== undefined) fields['to'] = to
  if (from !== undefined) fields['from'] = from
  if (OPERATORS.has(type)) {
    if (by !== undefined) fields['by'] = by
    return { measurement: 'operator_action', at, tags, fields }
  }
  return { measurement: 'transition', at, tags, fields }
}
