import type { Thresholds } from '../../shared/domain/judge.ts'

/** What the passes of one check leave of the configured weight, damped. */
export interface Degrade {
  /** Share of the configured weight, 0 to 1; `undefined` before its first pass is known. */
  readonly factor: number | undefined
  /** What all of the passes in a row that contradict the factor agree on. */
  readonly wanted: number
  /** Passes in a row that want more than the factor, or less. */
  readonly streak: number
}

/** Nothing is known yet: the first pass decides. */
export const UNKNOWN_DEGRADE: Degrade = { factor: undefined, wanted: 1, streak: 0 }

/** The whole weight is known to be placed, so it takes `fall` passes that want less to lower it. */
export const WHOLE: Degrade = { factor: 1, wanted: 1, streak: 0 }

/**
 * Folds one pass in, so that weights do not flap: `fall` passes in a row that all want less lower
 * the factor, `rise` that all want more raise it, each time only as far as all of them agree.
 */
export function damp(before: Degrade, said: number, { rise, fall }: Thresholds): Degrade {
  const { factor } = before
  if (factor === undefined) return { factor: said, wanted: said, streak: 0 }
  if (said === factor) return calm(before)
  const lowers = said < factor
  const goesOn = before.streak > 0 && before.wanted < factor === lowers
  const mildest = lowers ? Math.max(before.wanted, said) : Math.min(before.wanted, said)
  const wanted = goesOn ? mildest : said
  const streak = goesOn ? before.streak + 1 : 1
  return streak >= (lowers ? fall : rise)
    ? { factor: wanted, wanted, streak: 0 }
    : { factor, wanted, streak }
}

/** Breaks a row: a failure, or a pass that agrees with the factor. */
export function calm(before: Degrade): Degrade {
  if (before.streak === 0) return before
  return { factor: before.factor, wanted: before.factor ?? 1, streak: 0 }
}
