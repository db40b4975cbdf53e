import { type Command, Option } from 'commander'
import { MAX_WINDOW_MS, type WindowStart } from '../../shared/domain/maintenance-window.ts'
import { parseTarget } from '../../shared/domain/server-target.ts'
import { readDurationOf } from '../option-readers.ts'
import { ownerName } from '../owner.ts'
import { type CommonOptions, type Run, usage, withDaemon } from '../run.ts'

type AddOptions = CommonOptions & {
  readonly cron?: string
  readonly at?: WindowStart
  readonly timeZone?: string
  readonly for: number
  readonly drain?: boolean
  readonly force?: boolean
  readonly reason?: string
}

/** Commands about maintenance windows: window list, add, remove. */
export function addWindows(program: Command, run: Run): void {
  const { io } = run
  const window = program
    .command('window')
    .description('times at which real servers are taken out of service and brought back')
  window
    .command('list')
    .description('all maintenance windows; open ones first')
    .action(async (options: CommonOptions) => {
      const { runWindows } = await import('../commands/windows.ts')
      await withDaemon(run, options, runWindows)
    })
  addAdd(window, run)
  window
    .command('remove')
    .description('no longer; what it has opened already is left to its end')
    .argument('<name>', 'of a window that was made by window add')
    .option('-r, --reason <text>', 'why, for the colleagues')
    .action(async (name: string, options: CommonOptions & { reason?: string }) => {
      const { runWindowRemove } = await import('../commands/windows.ts')
      const what = { name, owner: ownerName(io.env), reason: options.reason ?? '' }
      await withDaemon(run, options, (context) => runWindowRemove(context, what))
    })
}

function addAdd(window: Command, run: Run): void {
  window
    .command('add')
    .description('a new one, beside those of the cluster file')
    .argument('<name>', 'letters, digits, - and _')
    .argument('<target...>', 'SERVER in all its services, or SERVICE/SERVER')
    .addOption(
      new Option('--cron <fields>', 'again and again, as in crontab: "0 3 * * 0"').conflicts('at'),
    )
    .option('--at <time>', 'once: 2026-12-01T03:00, or with a zone 2026-12-01T03:00Z', readTime)
    .option('--time-zone <zone>', 'of --cron, as in Europe/Berlin; UTC by default')
    .requiredOption('-f, --for <duration>', 'how long: 30m, 4h', readLength)
    .option('--drain', 'let them run empty; maintenance at once by default')
    .option('--force', 'also where the rest cannot carry it; held back by default')
    .option('-r, --reason <text>', 'why, for the colleagues')
    .action(async (name: string, targets: string[], options: AddOptions) => {
      const { runWindowAdd } = await import('../commands/windows.ts')
      const what = {
        owner: ownerName(run.io.env),
        window: {
          name,
          start: startOf(options),
          forMs: options.for,
          act: options.drain === true ? ('drain' as const) : ('maintenance' as const),
          targets: targets.map(parseTarget),
          reason: options.reason ?? '',
          ...(options.force === true && { force: true as const }),
        },
      }
      await withDaemon(run, options, (context) => runWindowAdd(context, what))
    })
}

function startOf({ cron, at, timeZone }: AddOptions): WindowStart {
  if (at !== undefined) return at
  if (cron === undefined) throw usage('window add needs --cron FIELDS or --at TIME')
  return { type: 'cron', expression: cron, timeZone: timeZone ?? 'UTC' }
}

function readTime(text: string): WindowStart {
  const at = Date.parse(text)
  if (/^\d{4}-\d{2}-\d{2}T/.test(text) && Number.isFinite(at)) return { type: 'once', at }
  throw usage(`--at ${text}: wanted a time such as 2026-12-01T03:00, in the local zone without one`)
}

function readLength(text: string): number {
  const ms = readDurationOf('--for')(text)
  if (ms >= 60_000 && ms <= MAX_WINDOW_MS) return ms
  throw usage(`--for ${text}: wanted 1m to 7d`)
}
