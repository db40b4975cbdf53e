import { type Candidate, carries, isEnabled, isIn, isQuiesced, sumOfWeights } from '../candidate.ts'

/** A service as its guards see it. */
export interface Failing {
  /** Whom no operator took out and who has a configured weight. */
  readonly enabled: readonly Candidate[]
  /** Those of them who are no backups: shares are of these. */
  readonly wanted: readonly Candidate[]
  /**
   * Who would leave the table now: those that only want no more clients first, then the latest to
   * fail. A guard that needs some of them keeps the first ones.
   */
  readonly leaving: readonly Candidate[]
  /** Failed, and out of the table already. */
  readonly out: readonly Candidate[]
  /** Configured weight of who serves without any guard. */
  readonly carried: number
  readonly carrying: number
}

/** Sorts a service's real servers for its guards. */
export function failingOf(candidates: readonly Candidate[]): Failing {
  const enabled = candidates.filter(isEnabled)
  const failed = enabled.filter((one) => one.verdict === 'down' || isQuiesced(one))
  const carrying = enabled.filter(carries)
  return {
    enabled,
    wanted: enabled.filter(({ tier }) => tier === 0),
    leaving: failed.filter(isIn).sort(leastBadFirst),
    out: failed.filter((one) => one.verdict === 'down' && !isIn(one)),
    carried: sumOfWeights(carrying),
    carrying: carrying.length,
  }
}

function leastBadFirst(a: Candidate, b: Candidate): number {
  return Number(isQuiesced(b)) - Number(isQuiesced(a)) || b.since - a.since || b.weight - a.weight
}
