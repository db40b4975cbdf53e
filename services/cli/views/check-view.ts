import { formatDuration } from '../../shared/domain/duration.ts'
import type { CheckRun } from '../../shared/wire/api.ts'
import type { Style } from '../style.ts'
import { oneLine, percent } from '../text-width.ts'

const MARKS = { sent: '>', received: '<', note: '*' } as const

/** One run of a check: what was said and heard, then the verdict. */
export function checkLines(run: CheckRun, style: Style): readonly string[] {
  const { service, server, label, target, outcome, code, layer, factor, detail, durationMs } = run
  const { prober, vantage } = run
  const from =
    vantage === undefined || vantage === prober ? '' : ` from ${vantage} (${prober ?? 'a prober'})`
  const paint = {
    pass: style.good,
    degraded: style.warn,
    fail: style.bad,
    inconclusive: style.warn,
  }[outcome]
  const share = factor === undefined ? undefined : `(${percent(factor)} of the weight)`
  const facts = [outcome, code, layer === undefined ? share : `(${layer})`]
  const verdict = facts.filter((fact) => fact !== undefined).join(' ')
  const took = durationMs < 10 ? `${durationMs.toFixed(1)}ms` : formatDuration(durationMs)
  return [
    style.strong(oneLine(`${service}/${server} ${label} of ${target}${from}`)),
    ...run.transcript.flatMap(({ direction, text }) =>
      linesOf(text).map((line) => style.faint(`  ${MARKS[direction]} ${line}`)),
    ),
    `  ${paint(verdict)} in ${took}: ${oneLine(detail)}`,
  ]
}

/** A message may be many lines; none of them may steer the terminal. */
function linesOf(text: string): string[] {
  return text
    .replace(/(\r?\n)+$/, '')
    .split(/\r?\n/)
    .map(visible)
}

function visible(line: string): string {
  return line.replace(/\t/g, '  ').replace(/\p{Cc}|\p{Cf}/gu, '\ufffd')
}
