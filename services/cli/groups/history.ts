import type { Command } from 'commander'
import { readDurationOf } from '../option-readers.ts'
import { type CommonOptions, type Run, usage, withDaemon } from '../run.ts'

const DAY_MS = 86_400_000

interface HistoryOptions extends CommonOptions {
  readonly since: number
  readonly until?: number
  readonly csv?: boolean
  readonly export?: string
}

/** `lvsctl history`: what has been. */
export function addHistory(program: Command, run: Run): void {
  program
    .command('history')
    .description('how a real server or a service has been: state, weight, latency, events')
    .argument('[target]', 'SERVICE/SERVER, or SERVICE')
    .option(
      '--since <duration>',
      'from so long ago: 1h, 24h, 7d',
      readDurationOf('--since'),
      DAY_MS,
    )
    .option('--until <duration>', 'up to so long ago; now by default', readDurationOf('--until'))
    .option('--csv', 'rows for a spreadsheet, one for each point in time')
    .option('--export <file>', 'write the whole local history as InfluxDB line protocol')
    .action(async (target: string | undefined, options: HistoryOptions) => {
      if (options.export !== undefined) {
        const { export: file } = options
        if (target !== undefined) throw usage('--export takes everything: leave out the TARGET')
        const { runHistoryExport } = await import('../commands/history-export.ts')
        await withDaemon(run, options, (context) => runHistoryExport(context, file))
        return
      }
      if (target === undefined) throw usage('history needs a TARGET, or --export FILE')
      if (options.csv === true && options.json === true) throw usage('either --csv or --json')
      const { since: sinceMs, until: untilMs = 0, csv = false } = options
      if (untilMs >= sinceMs) throw usage('--until must be later than --since')
      const { runHistory } = await import('../commands/history.ts')
      await withDaemon(run, options, (context) =>
        runHistory(context, { target, sinceMs, untilMs, csv }),
      )
    })
}
