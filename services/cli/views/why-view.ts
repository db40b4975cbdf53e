import { formatDuration } from '../../shared/domain/duration.ts'
import type { Why } from '../../shared/wire/status.ts'
import { age, localTime } from '../local-time.ts'
import type { Style } from '../style.ts'
import { oneLine, percent } from '../text-width.ts'
import { endWords, phaseWords } from './drain-words.ts'
import { shadowWords } from './shadow-view.ts'
import { viewLines } from './vantages-view.ts'

type CheckWhy = Why['checks'][number]

/** Why one real server has its effective weight, in words, the answer itself first. */
export function whyLines(why: Why, style: Style, now: number): readonly string[] {
  const { service, server, checks, overrides, placed, directors } = why
  return [
    style.strong(oneLine(`${service}/${server.name}: ${headline(why)}`)),
    `  ${oneLine(server.reason)}`,
    '',
    checks.length === 0 ? 'checks: none, so always up' : `checks: ${server.health}`,
    ...checks.flatMap((check) => checkLines(check, style, now)),
    ...(overrides.length === 0 ? ['operator: no override'] : ['operator:']),
    ...overrides.map((override) => `  ${oneLine(overrideWords(override, now))}`),
    ...drainLines(server, now),
    `placed: by generation ${placed.generation} at ${whenWords(placed.at, now)}`,
    ...changeLines(why),
    ...(directors.length === 0 ? ['kernels: no director has reported yet'] : ['kernels:']),
    ...directors.map(({ name, weight, shadow }) =>
      shadow === true
        ? `  ${oneLine(name)}: in shadow, nothing is written: ${shadowWords(why, weight)}`
        : `  ${oneLine(name)}: ${kernelWords(why, weight)}`,
    ),
    `connections: ${connectionWords(why)}`,
  ]
}

/** What it is and which rule decided. */
function headline({ because, server }: Why): string {
  const { configured, effective } = server.weight
  const weight = server.inTable
    ? effective === configured
      ? `weight ${effective}`
      : `weight ${effective} of ${configured}`
    : `not in the table (configured weight ${configured})`
  return `${weight}, ${RULES[because]}`
}

const RULES: Readonly<Record<Why['because'], string>> = {
  healthy: 'because its checks pass',
  degraded: 'because a check leaves only a share of it',
  failed: 'because a check fails',
  held: 'held as the table had it: its checks have not decided yet',
  unproven: 'because it has not passed its checks yet; its first pass brings it in',
  'slow-start': 'because it is coming back step by step',
  dynamic: 'because its load says so',
  weight: 'because an operator wants it so',
  standby: 'because it is a backup, and the others are enough',
  panic: 'although a check fails: the panic threshold keeps it in',
  breaker: 'although a check fails: too much fails at once, the breaker keeps it in',
  'min-healthy': 'although a check fails: too few real servers are healthy to let it go',
  'max-ejected': 'although a check fails: as many as may be out are out already',
  drain: 'because an operator drains it',
  maintenance: 'because an operator put it into maintenance',
}

function checkLines(check: CheckWhy, style: Style, now: number): string[] {
  const { label, kind, target, verdict, factor, last } = check
  const paint = { up: style.good, down: style.bad, unknown: style.warn }[verdict]
  const name = label === kind ? kind : `${label} (${kind})`
  const lines = [`  ${oneLine(`${name} of ${target}`)}: ${paint(verdict)}`]
  if (last === undefined) lines.push('    nothing seen yet')
  else {
    const seen = last.code === undefined ? last.outcome : `${last.outcome} ${last.code}`
    const took = `took ${milliseconds(last.durationMs)}`
    const when = `${localTime(last.at)}, ${age(last.at, now)} ago`
    lines.push(`    ${oneLine(`last: ${seen}: ${last.detail}`)}`, `    seen ${when}, ${took}`)
  }
  if (factor < 1) lines.push(`    ${style.warn(`leaves ${percent(factor)} of the weight`)}`)
  lines.push(`    next: ${nextWords(check)}`)
  if (check.silent) {
    lines.push(`    ${style.warn('silent: nothing heard for too long, the verdict is only held')}`)
  }
  lines.push(...viewLines(check, style))
  return lines
}

function nextWords({ verdict, streak, needed, rise, fall, intervalMs }: CheckWhy): string {
  const every = `checked every ${formatDuration(intervalMs)}`
  if (verdict === 'unknown') return `the first result decides; ${every}`
  const outcome = verdict === 'up' ? ['failure', 'failures'] : ['pass', 'passes']
  const word = outcome[needed === 1 ? 0 : 1]
  const to = verdict === 'up' ? 'down' : 'up'
  const far = `${streak} of ${needed} ${word} in a row towards ${to}`
  return `${far} (rise ${rise}, fall ${fall}); ${every}`
}

function overrideWords(override: Why['overrides'][number], now: number): string {
  const { kind, scope, owner, reason, since, until } = override
  const where = scope.includes('/') ? `of ${scope} only` : `of ${scope} in all its services`
  const ends =
    until === undefined
      ? 'until it is enabled'
      : `until ${localTime(until)} (${formatDuration(Date.parse(until) - now)} left)`
  const why = reason === '' ? 'no reason given' : reason
  return `${kind} ${where} by ${owner} since ${localTime(since)}, ${ends}: ${why}`
}

/** Where its drain stands, director by director, and what happens when. */
function drainLines(server: Why['server'], now: number): string[] {
  const { drain } = server
  if (drain === undefined) return []
  const ends = endWords(server, isoNow(now))
  const directors = drain.directors.map(({ name, connections }) =>
    connections === null
      ? `${name}: has not said yet that it holds what was decided`
      : `${name}: ${countWords(connections)}`,
  )
  const lines = [...directors, ...ends, ...drain.remarks]
  return [`drain: ${phaseWords(drain)}`, ...lines.map((line) => `  ${oneLine(line)}`)]
}

/** Who or what moved its row last, in the words of the event log. */
function changeLines({ changes = [] }: Why): string[] {
  if (changes.length === 0) return []
  return [
    'changed:',
    ...changes.map(({ at, message }) => `  ${localTime(at)}  ${oneLine(message)}`),
  ]
}

function isoNow(now: number): string {
  return new Date(now).toISOString()
}

function kernelWords({ server }: Why, weight: number | null): string {
  const wanted = server.inTable ? server.weight.effective : null
  const has = weight === null ? 'no row' : `weight ${weight}`
  return weight === wanted
    ? has
    : `${has}, but ${wanted === null ? 'no row' : `weight ${wanted}`} is wanted`
}

function connectionWords({ server }: Why): string {
  return countWords(server.connections)
}

function countWords({ active, inactive, persistent }: Why['server']['connections']): string {
  return `${active} active, ${inactive} inactive, ${persistent} persistent`
}

function whenWords(time: string, now: number): string {
  return `${localTime(time)} (${age(time, now)} ago)`
}

function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)}ms` : formatDuration(ms)
}
