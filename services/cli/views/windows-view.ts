import { formatDuration } from '../../shared/domain/duration.ts'
import type { WindowStatus } from '../../shared/wire/api-windows.ts'
import { localTime } from '../local-time.ts'
import type { Style } from '../style.ts'
import { layOut } from '../table.ts'
import { cut, oneLine } from '../text-width.ts'

const COLUMNS = [
  { title: 'WINDOW' },
  { title: 'STATE' },
  { title: 'FOR', align: 'right' },
  { title: 'WHEN' },
  { title: 'ACT' },
  { title: 'TARGETS' },
  { title: 'REASON' },
] as const

/** The maintenance windows: open ones first, then by when they open. */
export function windowLines(
  windows: readonly WindowStatus[],
  style: Style,
  width: number,
): readonly string[] {
  if (windows.length === 0) return ['no maintenance windows']
  const sorted = [...windows].sort((a, b) => momentOf(a).localeCompare(momentOf(b)))
  const rows = sorted.map((window) => [
    { text: window.name },
    { text: stateOf(window), ...(window.closes !== undefined && { paint: style.warn }) },
    { text: formatDuration(window.forMs) },
    { text: window.cron === undefined ? 'once' : `${window.cron} ${window.timeZone}` },
    { text: window.act },
    { text: window.targets.join(' ') },
    { text: window.reason },
  ])
  const layout = layOut(COLUMNS, rows, width)
  const lines = sorted.flatMap((window, index) => [
    layout.line(rows[index] ?? []),
    ...heldLines(window).map((line) => style.warn(cut(line, width))),
  ])
  return [layout.head, ...lines]
}

/** Whom an open window leaves in, and why. */
function heldLines({ held = [] }: WindowStatus): readonly string[] {
  return held.map(({ target, why }) => `  ${oneLine(`holds back ${target}: ${why}`)}`)
}

function stateOf({ closes, opens }: WindowStatus): string {
  if (closes !== undefined) return `open until ${localTime(closes)}`
  return opens === undefined ? 'over' : `opens ${localTime(opens)}`
}

/** ISO times sort as text. */
function momentOf({ closes, opens }: WindowStatus): string {
  return closes === undefined ? `1 ${opens ?? '9'}` : `0 ${closes}`
}
