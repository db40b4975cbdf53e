import { isDrainOver } from '../../shared/domain/drain-phase.ts'
import { hostPort } from '../../shared/domain/ip-address.ts'
import type {
  DirectorStatus,
  RealServerStatus,
  ServiceStatus,
  Status,
} from '../../shared/wire/status.ts'
import { localTime, shortAge } from '../local-time.ts'
import type { Style } from '../style.ts'
import { type Cell, type Column, layOut } from '../table.ts'
import { cut, oneLine, percent } from '../text-width.ts'
import { endWords, phaseWords } from './drain-words.ts'
import { type Problem, problemsOf } from './problems.ts'
import { shadowLines } from './shadow-view.ts'
import { vantageLines } from './vantages-view.ts'

/** How to show a status. */
export interface StatusViewOptions {
  readonly style: Style
  /** Characters in a line; `Infinity` for no limit. */
  readonly width: number
  /** Only these services; all of them when absent. */
  readonly services?: readonly string[]
}

const COLUMNS: readonly Column[] = [
  { title: '', minWidth: 1 },
  { title: 'SERVER' },
  { title: 'ADDRESS' },
  { title: 'WEIGHT', align: 'right' },
  { title: 'STATE' },
  { title: 'ACTIVE', align: 'right' },
  { title: 'INACT', align: 'right' },
  { title: 'REASON' },
]
/** More than these and the table itself would be out of sight. */
const MAX_PROBLEMS = 12

/** The status as lines: what is wrong first, then directors, services and real servers. */
export function statusLines(
  status: Status,
  { style, width, services }: StatusViewOptions,
): readonly string[] {
  const shown = status.services.filter(({ name }) => services?.includes(name) ?? true)
  const rows = shown.map(({ realServers }) =>
    realServers.map((server) => serverCells(server, status.at, style)),
  )
  const layout = layOut(COLUMNS, rows.flat(), width)
  const lines = [
    ...headLines({ ...status, services: shown }, style, width),
    ...controllerLines(status, width),
    ...status.directors.flatMap((director) => [
      directorLine(director, status, style, width),
      ...shadowLines(director, status, style, width),
    ]),
    ...vantageLines(status, style, width),
    ...alertingLines(status, width),
    '',
    style.faint(layout.head),
  ]
  for (const [index, service] of shown.entries()) {
    lines.push(serviceLine(service, style, width))
    for (const [row, cells] of (rows[index] ?? []).entries()) {
      lines.push(layout.line(cells), ...outageLine(service.realServers[row], status.at, width))
    }
  }
  return lines
}

function headLines(status: Status, style: Style, width: number): string[] {
  const problems = problemsOf(status)
  const wrong = problems.filter(({ severity }) => severity !== 'note').length
  const { cluster, generation, at } = status
  const verdict =
    wrong === 0
      ? style.good('all well')
      : style.bad(`${wrong} ${wrong === 1 ? 'problem' : 'problems'}`)
  const head = `cluster ${oneLine(cluster)}, generation ${generation}, ${localTime(at)}`
  const lines = problems.slice(0, MAX_PROBLEMS).map((problem) => problemLine(problem, style, width))
  const rest = problems.length - lines.length
  if (rest > 0) lines.push(`  … and ${rest} more, see below`)
  return [`${style.strong(head)}: ${verdict}`, ...lines]
}

function problemLine({ kind, severity, message }: Problem, style: Style, width: number): string {
  const paint = { critical: style.bad, warning: style.warn, note: style.faint }[severity]
  const mark = { critical: '!!', warning: '! ', note: '- ' }[severity]
  return paint(cut(`${mark} ${kind.padEnd(8)}  ${oneLine(message)}`, width))
}

function directorLine(
  director: DirectorStatus,
  { generation }: Status,
  style: Style,
  width: number,
): string {
  const { name, table, ipvs, driftRepaired, foreign } = director
  const parts = [
    `${table} table${ipvs === undefined ? '' : ` (IPVS ${ipvs})`}`,
    director.shadow !== undefined
      ? 'held by somebody else'
      : director.generation === generation
        ? `holds generation ${generation}`
        : `holds generation ${director.generation} of ${generation}`,
  ]
  if (driftRepaired > 0) {
    parts.push(`${driftRepaired} ${driftRepaired === 1 ? 'change' : 'changes'} by others undone`)
  }
  if (foreign.length > 0) parts.push(`leaves ${foreign.join(', ')} alone`)
  const [differs] = director.differences ?? []
  if (differs !== undefined) parts.push(`DIFFERS: ${differs}`)
  const line = cut(oneLine(`director ${name}: ${parts.join(', ')}`), width)
  const isWell = director.generation === generation && differs === undefined
  return isWell ? line : style.warn(line)
}

/** Who leads, where there is more than one to do so. */
function controllerLines({ controllers = [], epoch = 0 }: Status, width: number): string[] {
  if (controllers.length < 2) return []
  const said = controllers.map(({ name, role, warm }) =>
    role === 'leader'
      ? `${name} leads (epoch ${epoch})`
      : `${name} stands by${warm ? '' : ' and does not know enough yet'}`,
  )
  return [cut(oneLine(`controllers: ${said.join(', ')}`), width)]
}

/** Whether anybody is told, and of how much; lvsctl alerts has the rest. */
function alertingLines({ alerting }: Status, width: number): string[] {
  if (alerting === undefined) return []
  const { alerter, open, acknowledged, silences } = alerting
  const parts = [
    open === 0 ? 'no incident is open' : `${open} ${open === 1 ? 'incident' : 'incidents'} open`,
    ...(acknowledged > 0 ? [`${acknowledged} acknowledged`] : []),
    ...(silences > 0 ? [`${silences} ${silences === 1 ? 'silence' : 'silences'}`] : []),
  ]
  return [cut(oneLine(`alerts by ${alerter}: ${parts.join(', ')}`), width)]
}

const GUARD_MARKS: Readonly<Record<ServiceStatus['guards'][number]['guard'], string>> = {
  panic: 'PANIC: failed real servers are kept in',
  breaker: 'FROZEN: too much fails at once, nobody leaves',
  'min-healthy': 'MINIMUM: failed real servers are kept in',
  'max-ejected': 'CAP: failed real servers are kept in',
}

function serviceLine(service: ServiceStatus, style: Style, width: number): string {
  const { name, address, scheduler, forwarding, guards, realServers } = service
  const { quorum, backups, sorryServer } = service
  const serving = realServers.filter(({ weight }) => weight.effective > 0).length
  const marks: string[] = []
  for (const { guard } of guards) marks.push(GUARD_MARKS[guard])
  if (quorum?.state === 'down') marks.push(`QUORUM LOST: ${quorum.weight} of ${quorum.wanted}`)
  if (backups !== undefined && backups > 0) marks.push(`BACKUPS serve, up to tier ${backups}`)
  if (sorryServer?.serving === true) marks.push(`SORRY SERVER ${sorryServer.address} answers`)
  else if (sorryServer !== undefined) marks.push(`sorry server ${sorryServer.address} waits`)
  const facts = [address, scheduler, forwarding, `${serving} of ${realServers.length} serve`]
  const rest = cut([...facts, ...marks].map(oneLine).join('  '), width - name.length - 2)
  const trouble = guards.length > 0 || sorryServer?.serving === true || serving === 0
  return `${style.strong(oneLine(name))}  ${trouble ? style.bad(rest) : rest}`
}

function serverCells(server: RealServerStatus, at: string, style: Style): Cell[] {
  const { name, address, port, weight, inTable, connections, reason } = server
  const { mark, state, paint } = stateOf(server, at, style)
  const effective = inTable ? String(weight.effective) : '-'
  const isFull = inTable && weight.effective === weight.configured
  return [
    { text: mark, paint },
    { text: name },
    { text: port === 0 ? address : hostPort(address, port) },
    {
      text: isFull ? effective : `${effective}/${weight.configured}`,
      ...(isFull ? {} : { paint }),
    },
    { text: state, paint },
    { text: String(connections.active) },
    { text: String(connections.inactive) },
    { text: reason },
  ]
}

/** Under a real server that is out on purpose: what its drain waits for, and what happens when. */
function outageLine(server: RealServerStatus | undefined, at: string, width: number): string[] {
  if (server === undefined) return []
  const { drain } = server
  const isUnderWay = drain !== undefined && !isDrainOver(drain.phase)
  const words = [...(isUnderWay ? [phaseWords(drain)] : []), ...endWords(server, at)]
  return words.length === 0 ? [] : [cut(`     ${oneLine(words.join('; '))}`, width)]
}

function stateOf(server: RealServerStatus, at: string, style: Style) {
  const { health, healthSince, admin, degraded } = server
  const since = shortAge(healthSince, at)
  if (admin !== 'enabled') return { mark: '-', state: `${admin} (${health})`, paint: style.warn }
  if (health === 'up' && degraded !== undefined) {
    return { mark: '~', state: `up ${since}, ${percent(degraded)}`, paint: style.warn }
  }
  if (health === 'up') return { mark: '', state: `up ${since}`, paint: style.good }
  if (health === 'down') return { mark: '!', state: `down ${since}`, paint: style.bad }
  return { mark: '?', state: 'unknown', paint: style.warn }
}
