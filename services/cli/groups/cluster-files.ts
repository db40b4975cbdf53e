import type { Command } from 'commander'
import { readRevision } from '../option-readers.ts'
import { ownerName } from '../owner.ts'
import { type CommonOptions, type Run, usage, withDaemon, withoutDaemon } from '../run.ts'
import { styleFor } from '../style.ts'

/** Commands about the cluster file: plan, apply, rollback, revisions, reload, validate. */
export function addClusterFiles(program: Command, run: Run): void {
  const { io } = run
  addPlan(program, run)
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
interface ApplyFlags extends ReasonOptions {
  readonly expect?: number
  readonly plan?: string
  readonly force?: boolean
}

function addPlan(program: Command, run: Run): void {
  program
    .command('plan')
    .description('what a cluster file would change in the live tables; ends with 5 if anything')
    .argument('<file>', 'a cluster file, - for standard input')
    .action(async (file: string, options: CommonOptions) => {
      const { runPlan } = await import('../commands/plan.ts')
      const what = { file, by: ownerName(run.io.env) }
      await withDaemon(run, options, (context) => runPlan(context, what))
    })
}

function addApply(program: Command, run: Run): void {
  const { io } = run
  program
    .command('apply')
    .description('put a cluster file in force for all services; one with errors changes nothing')
    .argument('[file]', 'a cluster file, - for standard input')
    .option('--plan <id>', 'what lvsctl plan has shown, and only if nothing has changed since')
    .option('--force', 'with --plan: also where a guard objects')
    .option('-r, --reason <text>', 'why, for the colleagues')
    .option('--expect <revision>', 'only if this revision is in force', readRevision)
    .action(async (file: string | undefined, options: ApplyFlags) => {
      const { expect, reason = '', plan, force } = options
      const word = { by: ownerName(io.env), reason }
      if (plan !== undefined) {
        if (file !== undefined) throw usage('--plan has its file: name no other')
        if (expect !== undefined) throw usage('--plan has its revision: leave --expect out')
        const { runApplyPlan } = await import('../commands/plan.ts')
        const request = { plan, ...word, ...(force === true && { force }) }
        await withDaemon(run, options, (context) => runApplyPlan(context, request))
        return
      }
      if (force === true) throw usage('--force goes with --plan')
      if (file === undefined) throw usage('apply needs a FILE, or --plan ID')
      const { runApply } = await import('../commands/apply.ts')
      const what = { file, ...word, ...(expect !== undefined && { expect }) }
      await withDaemon(run, options, (context) => runApply(context, what))
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
