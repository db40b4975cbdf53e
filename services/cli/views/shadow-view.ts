import type { DirectorStatus, Status, Why } from '../../shared/wire/status.ts'
import { age, localTime } from '../local-time.ts'
import type { Style } from '../style.ts'
import { cut, oneLine } from '../text-width.ts'

/** More are in the event log. */
const MAX_SHOWN = 10

/** Of a director in shadow: how far the table is as we would have it, and where it is not. */
export function shadowLines(
  { name, shadow }: DirectorStatus,
  { at }: Status,
  style: Style,
  width: number,
): readonly string[] {
  if (shadow === undefined) return []
  const { since, rows, same, agreement, disagreements } = shadow
  // Never rounded up to all of it.
  const share = (Math.floor(agreement * 10_000) / 100).toFixed(2)
  const head =
    `SHADOW ${name}: nothing is written; ${same} of ${rows} are as we would have them, ` +
    `${share} % since ${localTime(since)}`
  const lines = disagreements
    .slice(0, MAX_SHOWN)
    .map((one) => `  for ${age(one.since, at)}: ${one.said}`)
  const more = disagreements.length - lines.length
  return [
    style.strong(cut(oneLine(head), width)),
    ...lines.map((line) => style.warn(cut(`  ${oneLine(line)}`, width))),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ]
}

/** What a table of somebody else has, and whether we would have the same. */
export function shadowWords({ server }: Why, weight: number | null): string {
  const found = weight === null ? 'no row' : `weight ${weight}`
  const wanted = server.inTable ? `weight ${server.weight.effective}` : 'no row'
  return found === wanted ? `${found}, as we would have it` : `${found}, we would have ${wanted}`
}
