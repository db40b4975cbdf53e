import type { Command } from 'commander'
import { readRevision } from '../option-readers.ts'
import { ownerName } from '../owner.ts'
import { type CommonOptions, type Run, usage, withDaemon, withoutDaemon } from '../run.ts'
import { styleFor } from '../style.ts'

/** Commands about the cluster file: apply, rollback, revisions, reload, validate. */
export function addClusterFiles(program: Command, run: Run): void {
  const { io } = run
  addApply(program, run)
  addRevisions(program, run)
  program
    .command('reload')
    .description('read the cluster file again; one with errors changes nothing')
    .action(async (options: CommonOptions) => {
      const { runReload } = await import('../commands/reload.ts')
      await withDaemon(run, options, (context) => runReload(context, ownerName(io.env)))
    })
  withoutDaemon(program.command('validate'))
    .description('look for errors and traps in a cluster file; needs no daemon')
    .argument('[file]', 'a cluster file, - for standard input')
    .option('--schema', 'print the JSON Schema of cluster files instead')
    .action(async (file: string | undefined, options: CommonOptions & { schema?: boolean }) => {
      const { runValidate, runValidateSchema } = await import('../commands/validate.ts')
      if (options.schema === true) run.exitCode = runValidateSchema(io)
      else if (file === undefined) throw usage('validate needs a FILE, or --schema')
      else {
        const how = { io, style: styleFor(io), json: options.json === true }
        run.exitCode = await runValidate(how, file)
      }
    })
  withoutDaemon(program.command('lint'))
    .description('as validate, with advice; warnings make it end with 1')
    .argument('<file>', 'a cluster file, - for standard input')
    .action(async (file: string, options: CommonOptions) => {
      const { runLint } = await import('../commands/validate.ts')
      const how = { io, style: styleFor(io), json: options.json === true }
      run.exitCode = await runLint(how, file)
    })
}

type ReasonOptions = CommonOptions & { readonly reason?: string }

function addApply(program: Command, run: Run): void {
  const { io } = run
  program
    .command('apply')
    .description('put a cluster file in force for all services; one with errors changes nothing')
    .argument('<file>', 'a cluster file, - for standard input')
    .option('-r, --reason <text>', 'why, for the colleagues')
    .option('--expect <revision>', 'only if this revision is in force', readRevision)
    .action(async (file: string, options: ReasonOptions & { readonly expect?: number }) => {
      const { runApply } = await import('../commands/apply.ts')
      const { expect, reason = '' } = options
      const what = { file, by: ownerName(io.env), reason }
      await withDaemon(run, options, (context) =>
        runApply(context, { ...what, ...(expect !== undefined && { expect }) }),
      )
    })
  program
    .command('rollback')
    .description('put an earlier cluster file in force again, as a new revision')
    .argument('[revision]', 'which one; the one before the present one by default', readRevision)
    .option('-r, --reason <text>', 'why, for the colleagues')
    .action(async (to: number | undefined, options: ReasonOptions) => {
      const { runRollback } = await import('../commands/apply.ts')
      const what = { by: ownerName(io.env), reason: options.reason ?? '' }
      await withDaemon(run, options, (context) =>
        runRollback(context, { ...what, ...(to !== undefined && { to }) }),
      )
    })
}

function addRevisions(program: Command, run: Run): void {
  program
    .command('revisions')
    .description('the cluster files that were in force: who put them there, when, why; or one')
    .argument('[revision]', 'print the text of this one', readRevision)
    .option('--diff [revision]', 'what it changed since the one before it, or since this one')
    .action(
      async (revision: number | undefined, options: CommonOptions & { diff?: string | true }) => {
        const { runRevision, runRevisions } = await import('../commands/revisions.ts')
        const { diff } = options
        if (revision === undefined && diff !== undefined) throw usage('--diff wants a REVISION')
        await withDaemon(run, options, (context) => {
          if (revision === undefined) return runRevisions(context)
          if (diff === undefined) return runRevision(context, revision)
          const since = diff === true ? revision - 1 : readRevision(diff)
          return runRevision(context, revision, since)
        })
      },
    )
}
