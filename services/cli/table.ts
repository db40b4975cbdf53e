import { cut, oneLine, widthOf } from './text-width.ts'

/** A column of a table. */
export interface Column {
  readonly title: string
  /** Left by default. */
  readonly align?: 'left' | 'right'
  /** At least so many characters, whatever stands in it. */
  readonly minWidth?: number
}

/** What stands in a column of a row. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** Writes rows under each other: one line for each, without a line end. */
export interface TableLayout {
  readonly head: string
  line(cells: readonly Cell[]): string
}

const GAP = '  '
/** With less than this a column says nothing; the line is then longer than the terminal. */
const MIN_LAST = 16
const MIN_OTHER = 8

/**
 * Measures all rows and fits them into `width` characters (`Infinity`: no limit). The last column
 * is cut with `…`; the others are as wide as their longest text, as long as there is room for that,
 * and else the widest of those that are not numbers are cut as well.
 */
export function layOut(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): TableLayout {
  const widths = columns.map(({ title, minWidth = 0 }) => Math.max(minWidth, widthOf(title)))
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(oneLine(cell.text)))
    }
  }
  shrink(columns, widths, width - MIN_LAST)
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0)
  const lastWidth = Math.max(MIN_LAST, width - before)

  function line(cells: readonly Cell[]): string {
    const parts = columns.map(({ align }, index) => {
      const { text, paint } = cells[index] ?? { text: '' }
      const isLast = index === columns.length - 1
      const shown = cut(oneLine(text), isLast ? lastWidth : (widths[index] ?? 0))
      const space = ' '.repeat(isLast ? 0 : Math.max(0, (widths[index] ?? 0) - widthOf(shown)))
      const painted = paint === undefined ? shown : paint(shown)
      return align === 'right' ? space + painted : painted + space
    })
    return parts.join(GAP).trimEnd()
  }

  return { head: line(columns.map(({ title }) => ({ text: title }))), line }
}

/** Takes from the widest column until those before the last one fit; numbers are never cut. */
function shrink(columns: readonly Column[], widths: number[], room: number): void {
  const others = widths.slice(0, -1)
  let over = others.reduce((sum, each) => sum + each + GAP.length, 0) - room
  while (over > 0) {
    const texts = others.map((_, index) => (columns[index]?.align === 'right' ? 0 : widths[index]))
    const widest = Math.max(...texts.map((each) => each ?? 0))
    if (widest <= MIN_OTHER) return
    widths[texts.indexOf(widest)] = widest - 1
    over--
  }
}
