import type { Revisions } from '../../shared/wire/api.ts'
import { localTime } from '../local-time.ts'
import type { Style } from '../style.ts'
import { layOut } from '../table.ts'

const COLUMNS = [
  { title: '', minWidth: 1 },
  { title: 'REVISION', align: 'right' },
  { title: 'TIME' },
  { title: 'BY' },
  { title: 'FILE' },
  { title: 'REASON' },
] as const

/** The revisions that are kept, oldest first; `*` is in force. */
export function revisionLines(
  { current, revisions }: Revisions,
  style: Style,
  width: number,
): readonly string[] {
  if (revisions.length === 0) return ['no cluster file applied yet: lvsctl apply FILE']
  const rows = revisions.map(({ revision, at, by, file, reason, restores }) => {
    const why = [restores === undefined ? '' : `revision ${restores} again`, reason]
    const isCurrent = revision === current
    return [
      { text: isCurrent ? '*' : '' },
      { text: String(revision), ...(isCurrent && { paint: style.good }) },
      { text: localTime(at) },
      { text: by },
      { text: file },
      { text: why.filter((part) => part !== '').join(': ') },
    ]
  })
  const layout = layOut(COLUMNS, rows, width)
  return [layout.head, ...rows.map((row) => layout.line(row))]
}
