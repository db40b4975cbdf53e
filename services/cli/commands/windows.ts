import type { WindowAddRequest, WindowRemoveRequest } from '../../shared/wire/api-windows.ts'
import { type CliContext, lineWidth, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { windowLines } from '../views/windows-view.ts'

/** `lvsctl window list`. */
export async function runWindows(context: CliContext): Promise<ExitCode> {
  const { io, client, json, style } = context
  const answer = await client.ask('windows', {})
  if (json) printJson(io, answer)
  else printLines(io, windowLines(answer.windows, style, lineWidth(io)))
  return EXIT.ok
}

/** `lvsctl window add`. */
export async function runWindowAdd(
  { io, client, json, style }: CliContext,
  request: WindowAddRequest,
): Promise<ExitCode> {
  const answer = await client.ask('windowAdd', request)
  const made = answer.windows.filter(({ name }) => name === request.window.name)
  if (json) printJson(io, { windows: made })
  else printLines(io, windowLines(made, style, lineWidth(io)))
  return EXIT.ok
}

/** `lvsctl window remove`. */
export async function runWindowRemove(
  { io, client, json }: CliContext,
  request: WindowRemoveRequest,
): Promise<ExitCode> {
  const answer = await client.ask('windowRemove', request)
  if (json) printJson(io, answer)
  else printLines(io, [`${request.name} opens no more`])
  return EXIT.ok
}
