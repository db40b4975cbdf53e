import type { Thresholds } from '../../shared/domain/judge.ts'

/** What the passes of one check leave of the configured weight, damped. */
export interface Degrade {
  /** Share of the configured weight, 0 to 1; `undefined` before its first pass is known. */
  readonly factor: number | undefined
  /** The last passes in a row that all ask for less than the factor, or all for more. */
  readonly row: readonly number[]
}

/** Nothing is known yet: the first pass decides. */
export const UNKNOWN_DEGRADE: Degrade = { factor: undefined, row: [] }

/** The whole weight is known to be placed, so it takes `fall` passes that want less to lower it. */
export const WHOLE: Degrade = { factor: 1, row: [] }

/**
 * Folds one pass in, so that weights do not flap: `fall` passes in a row that all want less lower
 * the factor, `rise` that all want more raise it, each time only as far as all of them agree.
 */
export function damp(before: Degrade, said: number, { rise, fall }: Thresholds): Degrade {
  const { factor } = before
  if (factor === undefined) return { factor: said, row: [] }
  if (said === factor) return calm(before)
  const lowers = said < factor
  const goesOn = before.row.length > 0 && (before.row[0] ?? factor) < factor === lowers
  const row = goesOn ? [...before.row, said] : [said]
  const needed = lowers ? fall : rise
  if (row.length < needed) return { factor, row }
  const agreed = mildest(row.slice(-needed), factor)
  const last = row.findLastIndex((one) => (lowers ? one >= agreed : one <= agreed))
  return { factor: agreed, row: row.slice(last + 1) }
}

/** Breaks a row: a failure, or a pass that agrees with the factor. */
export function calm(before: Degrade): Degrade {
  return before.row.length === 0 ? before : { factor: before.factor, row: [] }
}

/** What all passes of a row agree on: the one that is nearest to the factor. */
export function mildest(row: readonly number[], factor: number): number {
  return (row[0] ?? factor) < factor ? Math.max(...row) : Math.min(...row)
}
