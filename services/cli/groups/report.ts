import { type Command, Option } from 'commander'
import { readDurationOf } from '../option-readers.ts'
import { type CommonOptions, type Run, usage, withDaemon } from '../run.ts'
import { oneLine } from '../text-width.ts'

const FORMATS = ['text', 'json', 'csv'] as const

interface ReportOptions extends CommonOptions {
  readonly month?: string | true
  readonly since?: number
  readonly service?: string
  readonly format: (typeof FORMATS)[number]
}

/** `lvsctl report`: how available services and real servers were. */
export function addReport(program: Command, run: Run): void {
  program
    .command('report')
    .description('how available services and real servers were: downtime, outages, the longest')
    .option('--month [month]', 'a month of the calendar: 2026-10; the last whole one by default')
    .option('--since <duration>', 'instead: the last 24h, 7d, 30d', readDurationOf('--since'))
    .option('--service <name>', 'only this virtual service')
    .addOption(new Option('--format <format>', 'how').choices(FORMATS).default('text'))
    .action(async (options: ReportOptions) => {
      const { month, since, service, format } = options
      if (month !== undefined && since !== undefined) throw usage('either --month or --since')
      const now = run.io.now()
      const span = since === undefined ? spanOf(month, now) : { fromMs: now - since, toMs: now }
      const { runReport } = await import('../commands/report.ts')
      await withDaemon(run, options, (context) =>
        runReport(context, { ...span, ...(service !== undefined && { service }), format }),
      )
    })
}

/** A month by the clock of whoever asks. */
function spanOf(month: string | true | undefined, now: number) {
  if (typeof month !== 'string') {
    const today = new Date(now)
    const of = (offset: number) => new Date(today.getFullYear(), today.getMonth() + offset, 1)
    return { fromMs: of(-1).getTime(), toMs: of(0).getTime() }
  }
  const [, year, number] = /^(\d{4})-(\d\d)$/.exec(month) ?? []
  const index = Number(number) - 1
  if (year === undefined || index < 0 || index > 11) {
    throw usage(`--month ${oneLine(month)}: wanted a year and a month such as 2026-10`)
  }
  const fromMs = new Date(Number(year), index, 1).getTime()
  if (fromMs >= now) throw usage(`--month ${month}: that is yet to come`)
  return { fromMs, toMs: new Date(Number(year), index + 1, 1).getTime() }
}
