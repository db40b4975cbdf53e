import { type Amount, atLeast } from '../../../shared/domain/amount.ts'
import type { Failing } from './failing.ts'

/**
 * So many real servers stay in, whatever the checks say; a share is one of the enabled ones that
 * are no backups.
 */
export function keptByMinHealthy(
  { wanted, leaving, carrying }: Failing,
  minimum: Amount | undefined,
): number {
  if (minimum === undefined) return 0
  return clamp(atLeast(minimum, wanted.length) - carrying, leaving.length)
}

function clamp(count: number, most: number): number {
  return Math.min(Math.max(count, 0), most)
}
