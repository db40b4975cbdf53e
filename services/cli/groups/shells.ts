import { Argument, type Command } from 'commander'
import type { Shell } from '../commands/completion.ts'
import { type Run, withoutDaemon } from '../run.ts'

/** For shells: completion of words. */
export function addShells(program: Command, run: Run): void {
  withoutDaemon(program.command('completion'))
    .description('the script that completes words in a shell, names of real servers included')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: Shell) => {
      const { runCompletion } = await import('../commands/completion.ts')
      run.exitCode = runCompletion(run.io, shell)
    })
  withoutDaemon(program.command('complete', { hidden: true }))
    .description('what these scripts ask')
    .argument('[words...]')
    .action(async (words: string[]) => {
      const { runComplete } = await import('../commands/complete.ts')
      run.exitCode = await runComplete(run.io, program, words)
    })
}
