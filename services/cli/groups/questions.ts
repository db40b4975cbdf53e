import { type Command, Option } from 'commander'
import { LOG_EVENT_TYPES, type LogEventType } from '../../shared/domain/log-event.ts'
import { readDurationOf, readLimit } from '../option-readers.ts'
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
    .option('--from <vantage>', 'look from there; from any place that looks at it by default')
    .action(async (target: string, options: CommonOptions & { from?: string }) => {
      const { runCheckOnce } = await import('../commands/check.ts')
      const { from } = options
      const request = { target, ...(from !== undefined && { from }) }
      await withDaemon(run, options, (context) => runCheckOnce(context, request))
    })
  addEvents(program, run)
}

interface EventsFlags extends CommonOptions {
  readonly limit: number
  readonly since?: number
  readonly service?: string
  readonly only?: string
  readonly type?: LogEventType
  readonly follow?: boolean
}

function addEvents(program: Command, run: Run): void {
  program
    .command('events')
    .description('what happened: transitions, orders, guards, repairs; oldest first')
    .option('-n, --limit <number>', 'at most so many, 1 to 10000', readLimit, 50)
    .option('-f, --follow', 'go on with what happens until Ctrl-C')
    .option('--since <duration>', 'only the last 30m, 4h, 7d', readDurationOf('--since'))
    .option('--service <name>', 'only of this virtual service')
    .option('--only <server>', 'only of this real server')
    .addOption(new Option('--type <type>', 'only of this kind').choices(LOG_EVENT_TYPES))
    .action(async (flags: EventsFlags) => {
      const { runEvents } = await import('../commands/events.ts')
      const { limit, since, service, only, type } = flags
      const which = {
        ...{ limit, follow: flags.follow === true },
        ...(since !== undefined && { sinceMs: since }),
        ...(service !== undefined && { service }),
        ...(only !== undefined && { server: only }),
        ...(type !== undefined && { type }),
      }
      await withDaemon(run, flags, (context) => runEvents(context, which))
    })
}
