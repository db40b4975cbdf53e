import type {
  AckRequest,
  SilenceAddRequest,
  SilenceRemoveRequest,
} from '../../shared/wire/api-alerts.ts'
import { type CliContext, lineWidth, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { ackLines, alertLines, silenceLines } from '../views/alerts-view.ts'

/** `lvsctl alerts`: incidents, who was told, silences, what could not be told. */
export async function runAlerts(
  { io, client, json, style }: CliContext,
  { all }: { readonly all: boolean },
): Promise<ExitCode> {
  const answer = await client.ask('alerts', { all })
  if (json) printJson(io, answer)
  else printLines(io, alertLines(answer, style, lineWidth(io)))
  return EXIT.ok
}

/** `lvsctl ack`. */
export async function runAck(
  { io, client, json, style }: CliContext,
  request: AckRequest,
): Promise<ExitCode> {
  const { incident } = await client.ask('ack', request)
  if (json) printJson(io, { incident })
  else printLines(io, ackLines(incident, style))
  return EXIT.ok
}

/** `lvsctl silence list`. */
export async function runSilences(context: CliContext): Promise<ExitCode> {
  const { io, client, json, style } = context
  const answer = await client.ask('silences', {})
  if (json) printJson(io, answer)
  else printLines(io, silenceLines(answer.silences, style, lineWidth(io)))
  return EXIT.ok
}

/** `lvsctl silence add`: the new one is the last of the list. */
export async function runSilenceAdd(
  { io, client, json, style }: CliContext,
  request: SilenceAddRequest,
): Promise<ExitCode> {
  const answer = await client.ask('silenceAdd', request)
  const made = answer.silences.slice(-1)
  if (json) printJson(io, { silences: made })
  else printLines(io, silenceLines(made, style, lineWidth(io)))
  return EXIT.ok
}

/** `lvsctl silence remove`. */
export async function runSilenceRemove(
  { io, client, json }: CliContext,
  request: SilenceRemoveRequest,
): Promise<ExitCode> {
  const answer = await client.ask('silenceRemove', request)
  if (json) printJson(io, answer)
  else printLines(io, [`silence ${request.id} is over: what it held back is told now`])
  return EXIT.ok
}
