import { type Amount, atLeast } from '../../../shared/domain/amount.ts'
import type { Failing } from './failing.ts'

/** So many real servers stay in, whatever the checks say; a share is one of the enabled ones. */
export function keptByMinHealthy(
  { enabled, leaving, carrying }: Failing,
  wanted: Amount | undefined,
): number {
  if (wanted === undefined) return 0
  return clamp(atLeast(wanted, enabled.length) - carrying, leaving.length)
}

function clamp(count: number, most: number): number {
  return Math.min(Math.max(count, 0), most)
}
