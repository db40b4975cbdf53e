import type { HistoryAnswer } from '../../shared/wire/history-api.ts'

/**
 * One row for each window of each series: time, measurement, tags, and a field a row, so that every
 * spreadsheet can pivot it (RFC 4180).
 */
export function historyCsv({ target, series }: HistoryAnswer): readonly string[] {
  const rows = series.flatMap(({ measurement, tags, columns, rows: windows }) => {
    const tagText = Object.entries(tags)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')
    return windows.flatMap(({ at, values }) =>
      columns.flatMap((column, index) => {
        const value = values[index]
        if (value === null || value === undefined) return []
        return [[new Date(at).toISOString(), target, measurement, tagText, column, String(value)]]
      }),
    )
  })
  return [['time', 'target', 'measurement', 'tags', 'field', 'value'], ...rows].map((row) =>
    row.map(cell).join(','),
  )
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
