import type { Command } from 'commander'
import { readLimit } from '../option-readers.ts'
import { type CommonOptions, type Run, withDaemon } from '../run.ts'

/** Commands that ask and change nothing: status, why, check, events. */
export function addQuestions(program: Command, run: Run): void {
  program
    .command('status')
    .description('services, real servers and directors; what is wrong comes first')
    .argument('[service...]', 'only these virtual services')
    .option('-w, --watch', 'redraw each second until q or Ctrl-C')
    .action(async (services: string[], options: CommonOptions & { watch?: boolean }) => {
      const { runStatus } = await import('../commands/status.ts')
      await withDaemon(run, options, (context) =>
        runStatus(context, { services, watch: options.watch === true }),
      )
    })
  program
    .command('why')
    .description('why a real server has the weight that it has')
    .argument('<target>', 'SERVICE/SERVER, or SERVER for all its services')
    .action(async (target: string, options: CommonOptions) => {
      const { runWhy } = await import('../commands/why.ts')
      await withDaemon(run, options, (context) => runWhy(context, target))
    })
  program
    .command('check')
    .description('run the checks of a real server once and show the dialogue; changes nothing')
    .argument('<target>', 'SERVICE/SERVER, or SERVER for all its services')
    .action(async (target: string, options: CommonOptions) => {
      const { runCheckOnce } = await import('../commands/check.ts')
      await withDaemon(run, options, (context) => runCheckOnce(context, target))
    })
  program
    .command('events')
    .description('what happened: transitions, orders, guards, repairs; oldest first')
    .option('-n, --limit <number>', 'at most so many, 1 to 10000', readLimit, 50)
    .action(async (options: CommonOptions & { limit: number }) => {
      const { runEvents } = await import('../commands/events.ts')
      await withDaemon(run, options, (context) => runEvents(context, options.limit))
    })
}
