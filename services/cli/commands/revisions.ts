import { isoTime } from '../../shared/runtime/iso-time.ts'
import type { ArchivedRevision } from '../../shared/wire/cluster-revision.ts'
import { type CliContext, lineWidth, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { unifiedDiff } from '../unified-diff.ts'
import { revisionLines } from '../views/revisions-view.ts'

/** `lvsctl revisions`: every cluster file that is kept, oldest first. */
export async function runRevisions({ io, client, json, style }: CliContext): Promise<ExitCode> {
  const answer = await client.ask('revisions', {})
  if (json) {
    const revisions = answer.revisions.map(({ at, ...rest }) => ({ ...rest, at: isoTime(at) }))
    printJson(io, { ...answer, revisions })
  } else printLines(io, revisionLines(answer, style, lineWidth(io)))
  return EXIT.ok
}

/**
 * `lvsctl revisions N`: its text and nothing else, for a file; with `since`, what was changed in
 * between.
 */
export async function runRevision(
  { io, client, json }: CliContext,
  number: number,
  since?: number,
): Promise<ExitCode> {
  const revision = await client.ask('revision', { revision: number })
  // What the very first one changed is all of it.
  const before = since ? await client.ask('revision', { revision: since }) : undefined
  const diff =
    since === undefined ? undefined : unifiedDiff(sideOf(before, since), sideOf(revision, number))
  if (json) {
    printJson(io, {
      ...revision,
      at: isoTime(revision.at),
      ...(diff !== undefined && { since, diff: diff.map((line) => `${line}\n`).join('') }),
    })
  } else if (diff === undefined) io.out(revision.text)
  else printLines(io, diff)
  return EXIT.ok
}

function sideOf(revision: ArchivedRevision | undefined, number: number) {
  return { name: `revision ${number}`, text: revision?.text ?? '' }
}
