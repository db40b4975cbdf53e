import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { eventLines } from '../views/events-view.ts'

/** `lvsctl events`: the last entries of the event log, oldest first. */
export async function runEvents(context: CliContext, limit: number): Promise<ExitCode> {
  const { io, client, json } = context
  const { events } = await client.ask('events', { limit })
  if (json) {
    printJson(io, {
      events: events.map(({ at, ...rest }) => ({ at: new Date(at).toISOString(), ...rest })),
    })
  } else printLines(io, eventLines(events))
  return EXIT.ok
}
