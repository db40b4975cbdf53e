import type { MeasurementName } from '../../domain/measurements.ts'
import { type Slot, slotsOf } from './slots.ts'

/**
 * The columns of one series over the rows of one block: a number for each row, `NaN` where there is
 * none; no array at all for a column without numbers.
 */
export type Columns = readonly (Float64Array | undefined)[]

/** Columns that samples are added to. */
export type OpenColumns = (Float64Array | undefined)[]

/** Adds one sample of one field to a row, in every column that is made of it. */
export function addSample(
  columns: OpenColumns,
  measurement: MeasurementName,
  rows: number,
  row: number,
  fields: Readonly<Record<string, unknown>>,
): void {
  const slots = slotsOf(measurement)
  for (let index = 0; index < slots.length; index++) {
    const { field, part } = slots[index] as Slot
    const value = fields[field]
    if (typeof value !== 'number') continue
    if (part === 'mean') {
      addMean(columns, rows, index, row, value, 1)
      index++
    } else addOther(columns, rows, index, row, part, value)
  }
}

/** Folds a whole row of columns into a row of others, as if its samples had been added there. */
export function foldRow(
  columns: OpenColumns,
  measurement: MeasurementName,
  rows: number,
  row: number,
  source: Columns,
  sourceRow: number,
): void {
  const slots = slotsOf(measurement)
  for (let index = 0; index < slots.length; index++) {
    const { part } = slots[index] as Slot
    const value = source[index]?.[sourceRow] ?? Number.NaN
    if (part === 'mean') {
      const count = source[index + 1]?.[sourceRow] ?? Number.NaN
      if (!Number.isNaN(value) && count > 0) addMean(columns, rows, index, row, value, count)
      index++
    } else if (!Number.isNaN(value)) addOther(columns, rows, index, row, part, value)
  }
}

/** The mean moves by the newcomer's share, so that no sum ever loses digits. */
function addMean(
  columns: OpenColumns,
  rows: number,
  index: number,
  row: number,
  value: number,
  count: number,
): void {
  const means = columnAt(columns, rows, index)
  const counts = columnAt(columns, rows, index + 1)
  const before = counts[row] ?? Number.NaN
  const total = (Number.isNaN(before) ? 0 : before) + count
  const mean = before > 0 ? (means[row] ?? 0) : 0
  means[row] = mean + ((value - mean) * count) / total
  counts[row] = total
}

function addOther(
  columns: OpenColumns,
  rows: number,
  index: number,
  row: number,
  part: Slot['part'],
  value: number,
): void {
  const column = columnAt(columns, rows, index)
  const before = column[row] ?? Number.NaN
  if (part === 'last' || Number.isNaN(before)) column[row] = value
  else column[row] = part === 'max' ? Math.max(before, value) : before + value
}

function columnAt(columns: OpenColumns, rows: number, index: number): Float64Array {
  let column = columns[index]
  if (column === undefined) {
    column = new Float64Array(rows).fill(Number.NaN)
    columns[index] = column
  }
  return column
}
