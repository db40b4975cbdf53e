const EIGHTHS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/**
 * Draws columns of eighths of a character, from the top row to the bottom one; a column without a
 * value is empty, and the smallest value is still seen.
 */
export function columnChart(
  values: readonly (number | undefined)[],
  rows: number,
  top: number,
): readonly string[] {
  const heights = values.map((value) => {
    if (value === undefined) return 0
    const share = top > 0 ? Math.min(1, Math.max(0, value) / top) : 0
    return Math.max(1, Math.round(share * rows * EIGHTHS.length))
  })
  return Array.from({ length: rows }, (_, index) => {
    const below = (rows - 1 - index) * EIGHTHS.length
    return heights
      .map((height) => {
        const eighths = Math.min(EIGHTHS.length, height - below)
        return eighths > 0 ? EIGHTHS[eighths - 1] : ' '
      })
      .join('')
  })
}

/** The next number that is round enough for the end of an axis: 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [1, 2, 5, 10].find((step) => step * power >= value) ?? 10
  return Number((factor * power).toPrecision(3))
}
