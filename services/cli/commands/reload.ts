import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { findingLine } from '../findings.ts'

/** `lvsctl reload`: the daemon reads its cluster file again; a bad one changes nothing. */
export async function runReload(context: CliContext, by: string): Promise<ExitCode> {
  const { io, client, json, style } = context
  const answer = await client.ask('reload', { by })
  const { applied, file, findings } = answer
  if (json) printJson(io, answer)
  else {
    const verdict = applied
      ? `${file} is in force`
      : `${file} was not applied: the cluster stays as it was`
    printLines(io, [...findings.map((finding) => findingLine(finding, style)), verdict])
  }
  return applied ? EXIT.ok : EXIT.no
}
