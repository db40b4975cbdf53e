import { type Amount, atMost } from '../../../shared/domain/amount.ts'
import type { Failing } from './failing.ts'

/**
 * No more than so many real servers are out at the same time because they failed; the others stay
 * in until one of those is back (Envoy's max_ejection_percent, which lets one go at any share).
 */
export function keptByMaxEjected(
  { enabled, leaving, out }: Failing,
  cap: Amount | undefined,
): number {
  if (cap === undefined) return 0
  const room = Math.max(0, atMost(cap, enabled.length) - out.length)
  return Math.max(0, leaving.length - room)
}
