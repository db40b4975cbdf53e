import type { PoolPolicy } from '../../../shared/domain/pool.ts'
import { type Candidate, carries, isEnabled } from '../candidate.ts'

/**
 * The highest tier that is needed: backups step in, tier by tier, while less weight than
 * `backupsBelow` is up below them, and step back when `hysteresis` more than that is up. A server
 * on its ramp counts with the share that it has, so backups stay until it carries. They wait for
 * servers that have yet to speak.
 */
export function neededTier(
  candidates: readonly Candidate[],
  { backupsBelow, hysteresis }: PoolPolicy,
  before: number,
): number {
  const last = Math.max(0, ...candidates.map(({ tier }) => tier))
  let tier = 0
  while (tier < last) {
    const below = candidates.filter((one) => one.tier <= tier)
    const isEngaged = before > tier
    if (!isEngaged && below.some(isAwaited)) break
    const wanted = isEngaged ? backupsBelow + hysteresis : backupsBelow
    // All weight below may be less than what is wanted: then backups always serve.
    if (carriedBy(below) >= wanted) break
    tier = nextTier(candidates, tier)
  }
  return tier
}

/** Tiers may leave numbers out. */
function nextTier(candidates: readonly Candidate[], tier: number): number {
  return Math.min(...candidates.map((one) => one.tier).filter((other) => other > tier))
}

function carriedBy(candidates: readonly Candidate[]): number {
  return candidates
    .filter((one) => isEnabled(one) && carries(one))
    .reduce((sum, { weight, ramp }) => sum + weight * ramp, 0)
}

/** Nothing is known of it, not even from a table. */
function isAwaited({ verdict, override, held }: Candidate): boolean {
  return verdict === 'unknown' && override === undefined && held === undefined
}
