import type { LogEvent, LogEventType } from '../shared/domain/log-event.ts'
import type { EventLog } from '../shared/ports/bus.ts'
import { isoTime } from '../shared/runtime/iso-time.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import type { Why } from '../shared/wire/status.ts'
import type { ServerState } from './core/state.ts'

/** Of a quiet cluster that is months, of one that flaps an hour. */
const LOOK_BACK = 2000
const SHOWN = 3
/** Who or what moved a row, or wanted it to. */
const TELLING: ReadonlySet<LogEventType> = new Set([
  'weight',
  'operator',
  'override-ended',
  'drained',
  'drift',
])

/** The latest entries of the event log. Throws what reading it throws. */
export async function latestEvents(log: EventLog): Promise<readonly LogEvent[]> {
  return (await log.tail(LOOK_BACK)).map(({ payload }) => logEventMessage.decode(payload))
}

/** What changed the row of a real server last, or was ordered for it, oldest first. */
export function changesOf(
  events: readonly LogEvent[],
  { config, service }: ServerState,
): NonNullable<Why['changes']> {
  const own = events.filter(
    (event) =>
      TELLING.has(event.type) &&
      event.server === config.name &&
      (event.service === undefined || event.service === service.config.name),
  )
  return own.slice(-SHOWN).map(({ at, by, message }) => ({
    at: isoTime(at),
    ...(by !== undefined && { by }),
    message,
  }))
}
