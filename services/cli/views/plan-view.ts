import type { Planned } from '../../shared/wire/api-plans.ts'
import type { Style } from '../style.ts'
import { cut, oneLine, percent } from '../text-width.ts'

type Change = Planned['changes'][number]
type Counts = Change['connections']

const MARKS: Readonly<Record<Change['act'], string>> = {
  'add-service': '+',
  'change-service': '~',
  'remove-service': '-',
  'add-server': '+',
  'change-server': '~',
  'remove-server': '-',
}

/** A plan for people: each service with its steps, what comes later, what guards say. */
export function planLines(planned: Planned, style: Style, width: number): readonly string[] {
  const { changes, later, verdicts, settings, warnings } = planned
  const lines: string[] = []
  for (const service of servicesOf(planned)) {
    const own = changes.filter((change) => change.service === service)
    lines.push(style.strong(fitted(0, [service, ...addressesOf(own)], width)))
    for (const change of own) lines.push(changeLine(change, style, width))
    for (const entry of later.filter((one) => one.service === service)) {
      lines.push(fitted(2, [`+ ${entry.server}`, entry.message], width))
    }
    for (const verdict of verdicts.filter((one) => one.service === service)) {
      lines.push(...verdictLines(verdict, style, width))
    }
  }
  for (const setting of settings) lines.push(fitted(0, ['setting', setting], width))
  for (const warning of warnings) lines.push(style.warn(fitted(0, ['warning', warning], width)))
  return lines
}

/** How much it is, and whom it touches; one line. */
export function planSummary({ changes, later, settings }: Planned): string {
  const file = changes.filter(({ by }) => by === 'file')
  const repairs = changes.length - file.length
  const touched = file.filter(({ act }) => act !== 'change-service' && act !== 'add-service')
  const parts = [
    `${counted(file.length, 'step', 'steps')} to the tables`,
    ...(later.length > 0 ? [`${later.length} to come in when well`] : []),
    ...(settings.length > 0 ? [counted(settings.length, 'other setting', 'other settings')] : []),
    ...(repairs > 0 ? [`${counted(repairs, 'repair', 'repairs')} of what others changed`] : []),
  ]
  const sum = sumOf(touched.map(({ connections }) => connections))
  return `${parts.join(', ')}; ${connectionsInWords(sum)}`
}

function counted(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

function servicesOf({ changes, later, verdicts }: Planned): readonly string[] {
  return [...new Set([...changes, ...later, ...verdicts].map(({ service }) => service))]
}

function addressesOf(changes: readonly Change[]): readonly string[] {
  return [...new Set(changes.map(({ address }) => address))]
}

/** One line that begins so far to the right. */
function fitted(indent: number, parts: readonly string[], width: number): string {
  const line = parts.map(oneLine).join('  ')
  return ' '.repeat(indent) + cut(line, Math.max(1, width - indent))
}

function changeLine(change: Change, style: Style, width: number): string {
  const { act, server, row, fields, directors, by, connections, why } = change
  const who = server === undefined ? 'service' : server === row ? server : `${server} ${row}`
  const parts = [
    `${MARKS[act]} ${who}`,
    fields.map((field) => fieldInWords(act, field)).join(', '),
    ...(directors.length > 0 ? [`on ${directors.join(', ')}`] : []),
    ...(isUsed(connections) ? [connectionsInWords(connections)] : []),
    ...(by === 'repair' ? ['somebody else changed it: put right with any file'] : []),
    ...(why === undefined ? [] : [why]),
  ]
  const paint = by === 'repair' ? style.faint : act.startsWith('remove') ? style.bad : undefined
  const line = fitted(2, parts, width)
  return paint === undefined ? line : paint(line)
}

function fieldInWords(act: Change['act'], field: Change['fields'][number]): string {
  const { what, kernel, applied, desired } = field
  const other =
    applied === undefined || applied === kernel || applied === desired
      ? ''
      : ` (wanted until now: ${applied})`
  if (act.startsWith('add')) return `${what} ${desired}${other}`
  if (act.startsWith('remove')) return `${what} ${kernel}${other}`
  return `${what} ${kernel} -> ${desired}${other}`
}

function verdictLines(
  { share, servers, objections }: Planned['verdicts'][number],
  style: Style,
  width: number,
): readonly string[] {
  const loads = servers.map(({ name, active }) => `${name} ${active.before} -> ${active.after}`)
  const load = loads.length === 0 ? '' : `; active connections ${loads.join(', ')}`
  const up = `= up: ${percent(share.before)} -> ${percent(share.after)} of the weight${load}`
  return [
    fitted(2, [up], width),
    ...objections.map((objection) => style.bad(fitted(2, [`! ${objection}`], width))),
  ]
}

function isUsed({ active, inactive, persistent }: Counts): boolean {
  return active + inactive + persistent > 0
}

function connectionsInWords({ active, inactive, persistent }: Counts): string {
  return `${active} active, ${inactive} inactive, ${persistent} persistent connections`
}

function sumOf(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, one) => ({
      active: sum.active + one.active,
      inactive: sum.inactive + one.inactive,
      persistent: sum.persistent + one.persistent,
    }),
    { active: 0, inactive: 0, persistent: 0 },
  )
}
