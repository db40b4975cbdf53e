import { formatDuration } from '../../shared/domain/duration.ts'
import type { ProberStatus, Status, VantageStatus, Why } from '../../shared/wire/status.ts'
import type { Style } from '../style.ts'
import { cut, oneLine } from '../text-width.ts'

type CheckWhy = Why['checks'][number]

/** Runs that are later than this are worth a word. */
const LATE_MS = 500
const CLOCK_TOLERANCE_MS = 1000

/**
 * Who looks from where: a line a vantage with its probers. A monitor that looks from one place with
 * one prober has nothing to say here, as long as that is alive and well.
 */
export function vantageLines(
  { vantages = [], probers = [] }: Status,
  style: Style,
  width: number,
): readonly string[] {
  const isPlain = vantages.length < 2 && probers.length < 2
  const isWell = vantages.every((one) => one.counts) && probers.every((one) => remark(one) === '')
  if (isPlain && isWell) return []
  return vantages.flatMap((vantage) => {
    const own = probers.filter((prober) => prober.vantage === vantage.name)
    return [
      vantageLine(vantage, style, width),
      ...own.map((prober) => proberLine(prober, style, width)),
    ]
  })
}

/** What each vantage sees of a check, where several look. */
export function viewLines({ vantages = [], quorum }: CheckWhy, style: Style): readonly string[] {
  if (vantages.length === 0) return []
  const rows = vantages.map(({ vantage, prober, verdict, counts, why, streak, needed, last }) => {
    const paint = { up: style.good, down: style.bad, unknown: style.warn }[verdict]
    const who = prober === undefined || prober === vantage ? vantage : `${vantage} (${prober})`
    const to = verdict === 'up' ? 'down' : 'up'
    const far = streak === 0 ? '' : `, ${streak} of ${needed} towards ${to}`
    const seen = last === undefined ? 'nothing seen yet' : `${last.outcome}: ${last.detail}`
    const out = counts ? '' : style.warn(` does not count: ${REASONS[why ?? 'silent']}`)
    return `      ${oneLine(who)}: ${paint(verdict)}${far}; ${oneLine(seen)}${out}`
  })
  return [`    seen from ${vantages.length} vantages, ${quorum ?? 1} must agree:`, ...rows]
}

const REASONS = {
  lost: 'nobody looks from there',
  suspect: 'it is suspect',
  silent: 'nothing heard from there for too long',
} as const

function vantageLine(
  { name, probers, counts, suspect, checks, failing }: VantageStatus,
  style: Style,
  width: number,
): string {
  const facts = [
    `${probers} ${probers === 1 ? 'prober' : 'probers'}`,
    failing === 0 ? `sees all of ${checks} checks up` : `sees ${failing} of ${checks} checks down`,
    ...(suspect === undefined ? [] : [`suspect: ${suspect}`]),
    ...(counts || suspect !== undefined ? [] : ['nobody looks from there']),
    ...(counts ? [] : ['does not count']),
  ]
  const line = cut(oneLine(`vantage ${name}: ${facts.join(', ')}`), width)
  return counts ? line : style.warn(line)
}

function proberLine(prober: ProberStatus, style: Style, width: number): string {
  const { name, tags, checks } = prober
  const words = tags.length === 0 ? '' : ` [${tags.join(', ')}]`
  const load = checks === undefined ? '' : `: ${checks} checks`
  const more = remark(prober)
  const line = cut(`  ${oneLine(`prober ${name}${words}${load}${more}`)}`, width)
  return more === '' ? line : style.warn(line)
}

/** What is not as it should be with a prober, in words. */
function remark({ alive, suspect, lagMs = 0, skewMs = 0 }: ProberStatus): string {
  const way = skewMs > 0 ? 'behind' : 'ahead'
  const remarks = [
    ...(alive ? [] : ['not heard for three heartbeats']),
    ...(suspect === undefined ? [] : [`suspect: ${suspect}`]),
    ...(lagMs > LATE_MS ? [`runs up to ${formatDuration(lagMs)} late`] : []),
    ...(Math.abs(skewMs) > CLOCK_TOLERANCE_MS
      ? [`clock ${formatDuration(Math.abs(skewMs))} ${way}`]
      : []),
  ]
  return remarks.map((one) => `, ${one}`).join('')
}
