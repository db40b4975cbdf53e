import { sumOfWeights } from '../candidate.ts'
import type { Failing } from './failing.ts'

/** Binary fractions: 7 % of 100 is a little more than 7. */
const ROUNDING = 1e-9

/**
 * The panic threshold: when less than its share of the enabled weight is up, as many as the share
 * needs stay in (Envoy's healthy_panic_threshold, PyBal's depool-threshold).
 */
export function keptByPanic({ wanted: of, leaving, carried }: Failing, threshold: number): number {
  const total = sumOfWeights(of)
  const wanted = threshold * total - total * ROUNDING
  let weight = carried
  let kept = 0
  while (kept < leaving.length && weight < wanted) {
    weight += leaving[kept]?.weight ?? 0
    kept++
  }
  return kept
}
