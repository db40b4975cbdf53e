import type { Outcome } from '../../../probes/check.ts'

/**
 * How sure one probe is of its own verdict; the controller's, from all probes, is another matter.
 */
export interface Settling {
  /** What `rise` passes or `fall` failures in a row have shown last. */
  readonly verdict: 'pass' | 'fail' | 'unknown'
  readonly last: 'pass' | 'fail' | 'unknown'
  /** Equal outcomes in a row up to now, counted no further than needed. */
  readonly streak: number
}

/** Nothing has been seen yet. */
export const UNSETTLED: Settling = { verdict: 'unknown', last: 'unknown', streak: 0 }

/**
 * Folds one outcome in. What is inconclusive counts for nothing, and what is degraded is a
 * pass. Unlike the controller a probe wants the full count for its first verdict too, for the
 * controller may have adopted another one.
 */
export function settle(
  before: Settling,
  seen: Outcome['outcome'],
  { rise, fall }: { readonly rise: number; readonly fall: number },
): Settling {
  if (seen === 'inconclusive') return before
  const outcome = seen === 'fail' ? 'fail' : 'pass'
  if (outcome === before.last && outcome === before.verdict) return before
  const streak = outcome === before.last ? before.streak + 1 : 1
  const needed = outcome === 'pass' ? rise : fall
  return { verdict: streak >= needed ? outcome : before.verdict, last: outcome, streak }
}

/** Whether the last outcome is what the verdict says; if not, the fast interval applies. */
export function isSettled({ verdict, last }: Settling): boolean {
  return last !== 'unknown' && last === verdict
}
