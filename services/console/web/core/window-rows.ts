/** Which rows of a long list are drawn. */
export interface RowWindow {
  readonly from: number
  /** The first that is not. */
  readonly to: number
  /** Height of what is left out above and below, in pixels. */
  readonly above: number
  readonly below: number
}

/** Rows beyond the edges of the screen, so that scrolling shows no gap. */
const SPARE = 12

/**
 * `top` is how far the screen's upper edge is below the list's; negative above it. Beyond the end
 * the last rows are drawn: rows are not all of one height, and who is there must find something.
 */
export function rowWindow(
  count: number,
  rowHeight: number,
  top: number,
  screenHeight: number,
): RowWindow {
  const visible = Math.ceil(screenHeight / rowHeight)
  const first = Math.min(Math.floor(top / rowHeight), count - visible) - SPARE
  const last = Math.ceil((top + screenHeight) / rowHeight) + SPARE
  const from = Math.max(0, Math.min(count, first))
  const to = Math.max(from, Math.min(count, Math.max(last, from + visible)))
  return { from, to, above: from * rowHeight, below: (count - to) * rowHeight }
}
