import type { LogEventType } from '../../shared/domain/log-event.ts'
import { isoTime } from '../../shared/runtime/iso-time.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { type LoggedEventInfo, loggedEventSchema } from '../../shared/wire/log-event-message.ts'
import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { oneLine } from '../text-width.ts'
import { eventLayout, eventLine, eventLines } from '../views/events-view.ts'

/** Which entries of the event log, and whether to wait for more. */
export interface EventsOptions {
  readonly limit: number
  readonly sinceMs?: number
  readonly service?: string
  readonly server?: string
  readonly type?: LogEventType
  readonly follow: boolean
}

/** A daemon that restarts is back soon; whoever follows wants to go on. */
const AGAIN_MS = 2000

/** `lvsctl events`: the last entries of the event log, oldest first. */
export async function runEvents(context: CliContext, options: EventsOptions): Promise<ExitCode> {
  const { io, client, json } = context
  const { limit, sinceMs, follow, ...same } = options
  const filter = { ...same, ...(sinceMs !== undefined && { since: io.now() - sinceMs }) }
  const latest = follow ? (await client.ask('events', { limit: 1 })).events.at(-1)?.sequence : 0
  const { events } = await client.ask('events', { limit, ...filter })
  if (!follow) {
    if (json) printJson(io, { events: events.map(withTime) })
    else printLines(io, eventLines(events))
    return EXIT.ok
  }
  const layout = eventLayout(events)
  if (!json) io.out(`${layout.head}\n`)
  const show = (event: LoggedEventInfo) =>
    io.out(json ? `${JSON.stringify(withTime(event))}\n` : `${eventLine(layout, event)}\n`)
  for (const event of events) show(event)
  const last = Math.max(latest ?? 0, events.at(-1)?.sequence ?? 0)
  await followEvents(context, { after: last, ...filter }, show)
  return EXIT.ok
}

type Place = { after: number; readonly since?: number } & Pick<
  EventsOptions,
  'service' | 'server' | 'type'
>

/** Goes on after every break from the last entry that was shown. */
async function followEvents(
  { io, client }: CliContext,
  place: Place,
  show: (event: LoggedEventInfo) => void,
): Promise<void> {
  const stop = new AbortController()
  const release = io.onInterrupt(() => stop.abort())
  let trouble = ''
  try {
    while (!stop.signal.aborted) {
      try {
        await client.listen({ topics: ['events'], ...place }, stop.signal, ({ event, data }) => {
          if (event !== 'event') return
          const entry = loggedEventSchema.parse(JSON.parse(data))
          place.after = entry.sequence ?? place.after
          trouble = ''
          show(entry)
        })
      } catch (error) {
        if (!(error instanceof ServiceError) || error.code.startsWith('api.un')) throw error
        if (error.message !== trouble) io.err(`lvsctl: ${oneLine(error.message)}; trying again\n`)
        trouble = error.message
      }
      if (!stop.signal.aborted) await io.sleep(AGAIN_MS, stop.signal)
    }
  } finally {
    release()
  }
}

function withTime({ at, ...rest }: LoggedEventInfo): object {
  return { at: isoTime(at), ...rest }
}
