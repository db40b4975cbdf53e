import type { Command } from 'commander'
import { ownerName } from '../owner.ts'
import { type CommonOptions, type Run, usage, withDaemon, withoutDaemon } from '../run.ts'
import { styleFor } from '../style.ts'

/** Commands about the cluster file: reload, validate. */
export function addClusterFiles(program: Command, run: Run): void {
  const { io } = run
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
}
