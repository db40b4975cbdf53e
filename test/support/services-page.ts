import type { Command, Option } from 'commander'
import { createWardenProgram } from '../../services/warden-program.ts'
import { readSources } from './source-files.ts'

/** Services that run apart, in the order of the page. */
const SERVICES = ['controller', 'prober', 'director', 'console', 'historian', 'alerter']
const METRIC =
  /\.(counter|gauge|histogram)\(\s*'(lvs_warden_[a-z_]+)',\s*\{\s*help:\s*(?:'([^']*)'|"([^"]*)")/g
const LABELS = /^,?\s*labels(?:: \[([^\]]*)\])?/

/** A metric as the page shows it. */
export interface PageMetric {
  readonly name: string
  readonly kind: string
  readonly help: string
}

/** Tables of options: those of all services first, then what each has beside them. */
export function optionTables(): string {
  const paths = { stateDir: '/var/lib/lvs-warden', socketPath: '/run/lvs-warden/lvs-warden.sock' }
  const program = createWardenProgram(paths)
  const commands = SERVICES.flatMap((name) => program.commands.filter((one) => one.name() === name))
  const [first] = commands
  if (first === undefined) return ''
  const isShared = ({ long }: Option) =>
    commands.every(({ options }) => options.some((option) => option.long === long))
  const own = commands.map((command) => {
    const rows = command.options.filter((option) => !isShared(option))
    const none = rows.length === 0 ? 'Nothing beside these.\n' : table(rows)
    return `### ${command.name()}\n\n${sentence(command)}\n\n${none}`
  })
  return `### All of them\n\n${table(first.options.filter(isShared))}\n${own.join('\n')}`
}

function table(options: readonly Option[]): string {
  const code = (text: string) => (text === '' ? '' : `\`${text}\``)
  const rows = options.map(
    ({ flags, envVar = '', description, defaultValue, argChoices, long }) => {
      const choices = argChoices === undefined ? '' : `; ${argChoices.join(', ')}`
      const cells = [
        code(flags),
        code(envVar),
        description + choices,
        code(shown(long, defaultValue)),
      ]
      return `| ${cells.join(' | ')} |\n`
    },
  )
  return `| option | variable | meaning | default |\n|---|---|---|---|\n${rows.join('')}`
}

/** Each service has a port of its own; the prose has the list. */
function shown(long: string | undefined, value: unknown): string {
  if (long === '--http') return '127.0.0.1:964x'
  return typeof value === 'string' ? value : ''
}

function sentence(command: Command): string {
  const text = command.description()
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** Every metric that a source makes, by name. */
export function metricsOfSources(): readonly PageMetric[] {
  const found = readSources(['services'], ['.ts']).flatMap(({ text }) =>
    [...text.matchAll(METRIC)].map((match) => {
      const [whole, kind = '', name = '', help = '', other = ''] = match
      const labels = labelsIn(text.slice(0, match.index), text.slice(match.index + whole.length))
      return { name: name + labels, kind, help: help || other }
    }),
  )
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `{service, server}`, whether the list stands there or is the constant above. */
function labelsIn(before: string, rest: string): string {
  const match = LABELS.exec(rest)
  if (match === null) return ''
  const constants = [...before.matchAll(/const labels = \[([^\]]*)\]/g)]
  return `{${(match[1] ?? constants.at(-1)?.[1] ?? '').replaceAll("'", '')}}`
}

/** The table of metrics. */
export function metricsTable(): string {
  const rows = metricsOfSources().map(
    ({ name, kind, help }) => `| \`${name}\` | ${kind} | ${help} |\n`,
  )
  return `| metric | kind | meaning |\n|---|---|---|\n${rows.join('')}`
}
