import type { CheckRequest } from '../../shared/wire/api.ts'
import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { checkLines } from '../views/check-view.ts'

/** `lvsctl check`: runs the checks once, changing nothing, and shows the dialogue. */
export async function runCheckOnce(context: CliContext, request: CheckRequest): Promise<ExitCode> {
  const { io, client, json, style } = context
  const answer = await client.ask('check', request)
  const { runs } = answer
  if (json) printJson(io, answer)
  else if (runs.length === 0) printLines(io, [`${request.target} has no checks: it is always up`])
  else {
    printLines(
      io,
      runs.flatMap((run) => checkLines(run, style)),
    )
  }
  return runs.every(({ outcome }) => outcome === 'pass' || outcome === 'degraded')
    ? EXIT.ok
    : EXIT.no
}
