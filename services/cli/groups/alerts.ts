import { type Command, Option } from 'commander'
import type { CauseMatch } from '../../shared/domain/cause.ts'
import { SEVERITIES, type Severity } from '../../shared/domain/notification.ts'
import { MAX_SILENCE_MS } from '../../shared/wire/api-alerts.ts'
import { readDurationOf, readList } from '../option-readers.ts'
import { ownerName } from '../owner.ts'
import { type CommonOptions, type Run, usage, withDaemon } from '../run.ts'
import { oneLine } from '../text-width.ts'

/** Commands about telling people: alerts, alerts test, ack, silence. */
export function addAlerts(program: Command, run: Run): void {
  const alerts = program
    .command('alerts')
    .description('incidents, who was told, silences, what could not be told')
  alerts
    .command('list', { isDefault: true })
    .description('the same: what is meant when nothing is said')
    .option('-a, --all', 'incidents that are over, too')
    .action(async (options: CommonOptions & { readonly all?: boolean }) => {
      const { runAlerts } = await import('../commands/alerts.ts')
      await withDaemon(run, options, (context) => runAlerts(context, { all: options.all === true }))
    })
  alerts
    .command('test')
    .description('send a test by one channel and say what came of it')
    .argument('<channel>', 'its name in the cluster file')
    .action(async (channel: string, options: CommonOptions) => {
      const { runAlertTest } = await import('../commands/alert-test.ts')
      await withDaemon(run, options, (context) =>
        runAlertTest(context, { channel, by: ownerName(run.io.env) }),
      )
    })
  addAck(program, run)
  addSilence(program, run)
}

function addAck(program: Command, run: Run): void {
  program
    .command('ack')
    .description('take an incident on: no reminders, no further levels until more goes wrong')
    .argument('<incident>', 'its number, as alerts shows it', readIncident)
    .option('-r, --reason <text>', 'why, or what is done, for the colleagues')
    .option('-f, --for <duration>', 'only for so long: 2h', readDurationOf('--for'))
    .action(
      async (
        incident: number,
        options: CommonOptions & { readonly reason?: string; readonly for?: number },
      ) => {
        const { runAck } = await import('../commands/alerts.ts')
        const request = {
          ...{ incident, by: ownerName(run.io.env), reason: options.reason ?? '' },
          ...(options.for !== undefined && { forMs: options.for }),
        }
        await withDaemon(run, options, (context) => runAck(context, request))
      },
    )
}

type SilenceOptions = CommonOptions & {
  readonly for: number
  readonly reason?: string
  readonly everything?: boolean
  readonly incident?: number
  readonly severity?: Severity
  readonly label?: Readonly<Record<string, string>>
  readonly realServer?: readonly string[]
} & Readonly<Partial<Record<Exclude<keyof typeof LISTS, 'real-server'>, readonly string[]>>>

/** `--server` is where the console is. */
const LISTS = {
  service: 'services',
  'real-server': 'servers',
  zone: 'zones',
  director: 'directors',
  vantage: 'vantages',
  kind: 'kinds',
} as const

function addSilence(program: Command, run: Run): void {
  const silence = program
    .command('silence')
    .description('call nobody about some things for a while; what still stands is told after it')
  silence
    .command('list')
    .description('all silences, the one that ends first on top')
    .action(async (options: CommonOptions) => {
      const { runSilences } = await import('../commands/alerts.ts')
      await withDaemon(run, options, runSilences)
    })
  addSilenceAdd(silence, run)
  silence
    .command('remove')
    .description('over before its time: what it held back is told')
    .argument('<id>', 'as silence list shows it')
    .option('-r, --reason <text>', 'why, for the colleagues')
    .action(async (id: string, options: CommonOptions & { readonly reason?: string }) => {
      const { runSilenceRemove } = await import('../commands/alerts.ts')
      const request = { id, owner: ownerName(run.io.env), reason: options.reason ?? '' }
      await withDaemon(run, options, (context) => runSilenceRemove(context, request))
    })
}

function addSilenceAdd(silence: Command, run: Run): void {
  const add = silence
    .command('add')
    .description('a new one; several options must all hold, words of a list are alternatives')
    .requiredOption('-f, --for <duration>', 'how long: 30m, 4h', readLength)
    .option('-r, --reason <text>', 'why, for the colleagues')
  for (const name of Object.keys(LISTS)) {
    const what = name.replace('-', ' ')
    add.option(`--${name} <names>`, `only of this ${what}; several with commas`, readList)
  }
  add
    .addOption(new Option('--severity <severity>', 'this bad or worse').choices([...SEVERITIES]))
    .option('--label <name=value>', 'only with this label; may be given again', readLabel)
    .option('--incident <number>', 'only of this incident', readIncident)
    .option('--everything', 'all of it')
    .action(async (options: SilenceOptions) => {
      const { runSilenceAdd } = await import('../commands/alerts.ts')
      const { incident, reason = '' } = options
      const match = matchOf(options)
      if (Object.keys(match).length === 0 && incident === undefined && !options.everything) {
        throw usage('silence add: wanted --service, --real-server, … or --everything')
      }
      const request = {
        ...{ match, owner: ownerName(run.io.env), reason, forMs: options.for },
        ...(incident !== undefined && { incident }),
      }
      await withDaemon(run, options, (context) => runSilenceAdd(context, request))
    })
}

function matchOf(options: SilenceOptions) {
  const { severity, label } = options
  const given = { ...options, 'real-server': options.realServer }
  const lists = Object.entries(LISTS).flatMap(([name, key]) => {
    const values = given[name as keyof typeof LISTS]
    return values === undefined ? [] : [[key, [...values]] as const]
  })
  return {
    ...Object.fromEntries(lists),
    ...(severity !== undefined && { severity }),
    ...(label !== undefined && { labels: { ...label } }),
  } satisfies CauseMatch
}

function readLabel(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw usage(`--label ${oneLine(text)}: wanted NAME=VALUE`)
  }
  return { ...before, [name]: value }
}

function readIncident(text: string): number {
  const incident = Number(text.replace(/^#/, ''))
  if (Number.isSafeInteger(incident) && incident >= 1) return incident
  throw usage(`${oneLine(text)}: wanted the number of an incident, as lvsctl alerts shows it`)
}

function readLength(text: string): number {
  const ms = readDurationOf('--for')(text)
  if (ms >= 1000 && ms <= MAX_SILENCE_MS) return ms
  throw usage(`--for ${oneLine(text)}: wanted 1s to 30d`)
}
