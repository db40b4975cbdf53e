import type { Applied, RollbackRequest } from '../../shared/wire/api.ts'
import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { findingLine } from '../findings.ts'
import { readClusterFile } from '../read-cluster-file.ts'

/** What to put in force, and who says so why. */
export interface ApplyOptions {
  readonly file: string
  readonly by: string
  readonly reason: string
  /** Only if this revision is in force. */
  readonly expect?: number
}

/** `lvsctl apply FILE`: the daemon reads the text; one with errors changes nothing. */
export async function runApply(
  context: CliContext,
  { file, by, reason, expect }: ApplyOptions,
): Promise<ExitCode> {
  const text = await readClusterFile(context.io, file)
  const request = { file, text, by, reason, ...(expect !== undefined && { expect }) }
  return showApplied(context, await context.client.ask('apply', request))
}

/** `lvsctl rollback [N]`: an earlier text is put in force again, as a new revision. */
export async function runRollback(
  context: CliContext,
  request: RollbackRequest,
): Promise<ExitCode> {
  return showApplied(context, await context.client.ask('rollback', request))
}

/** What became of a file; exit code 1 when it is not in force. */
export function showApplied({ io, json, style }: CliContext, answer: Applied): ExitCode {
  if (json) printJson(io, answer)
  else {
    const lines = answer.findings.map((finding) => findingLine(finding, style))
    printLines(io, [...lines, verdict(answer)])
  }
  return answer.applied ? EXIT.ok : EXIT.no
}

function verdict({ applied, changed, revision, file }: Applied): string {
  if (!applied) {
    const rest = revision === 0 ? 'there is none in force' : `revision ${revision} stays in force`
    return `${file} was not applied: ${rest}`
  }
  if (changed) return `${file} is in force as revision ${revision}`
  return `${file} was in force already, as revision ${revision}`
}
