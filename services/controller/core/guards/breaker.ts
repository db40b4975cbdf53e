import type { BreakerPolicy } from '../../../shared/domain/guards.ts'
import { type Candidate, isEnabled, isIn } from '../candidate.ts'

/**
 * `closed`: failures count. `frozen`: so much fails at once that nobody leaves. `believed`: the
 * failures have lasted, or an operator has confirmed them; they count until they are over.
 */
export interface Breaker {
  readonly state: 'closed' | 'frozen' | 'believed'
  readonly since: number
  /** What failed at once, for people. */
  readonly cause: string
}

/** Nothing unusual has happened. */
export const CLOSED: Breaker = { state: 'closed', since: 0, cause: '' }

/** What the breaker of a service cannot see in its real servers alone. */
export interface BreakerEvidence {
  /** Name of a check template all of whose targets fail at once. */
  readonly template: string | undefined
  /** Those that fail are still being looked at: nothing is believed in silence. */
  readonly heard: boolean
}

/** With fewer nobody can tell what is wrong with whom. */
const MIN_SERVERS = 3

/**
 * The correlated-failure breaker of one service. It trips when somebody would leave while most of
 * those who were well fail or falter within one window, or while all targets of one check template
 * do; then nobody leaves until that is over, `holdMs` has passed, or an
 * operator confirms it.
 */
export function judgeBreaker(
  before: Breaker,
  policy: BreakerPolicy | undefined,
  candidates: readonly Candidate[],
  { template, heard }: BreakerEvidence,
  at: number,
): Breaker {
  if (policy === undefined) return CLOSED
  const seen = correlated(candidates, policy, at)
  const isMost = seen.bad.length >= MIN_SERVERS && seen.share >= policy.share - 1e-9
  switch (before.state) {
    case 'closed': {
      if (!seen.wouldLeave || (!isMost && template === undefined)) return before
      const cause = isMost
        ? `${seen.bad.length} of ${seen.well} real servers fail at once`
        : `all targets of the check ${template} fail at once`
      return { state: 'frozen', since: at, cause }
    }
    case 'frozen': {
      if (stillBad(candidates) < policy.share - 1e-9 && template === undefined) return CLOSED
      const isOld = heard && policy.holdMs !== undefined && at - before.since >= policy.holdMs
      return isOld ? { ...before, state: 'believed', since: at } : before
    }
    case 'believed':
      return downShare(candidates) < policy.share - 1e-9 && template === undefined ? CLOSED : before
  }
}

/** Who was well when the window began, and who of them is not any more. */
function correlated(
  candidates: readonly Candidate[],
  { withinMs }: BreakerPolicy,
  at: number,
): { readonly bad: readonly Candidate[]; well: number; share: number; wouldLeave: boolean } {
  const enabled = candidates.filter(isEnabled)
  const isRecent = ({ since }: Candidate): boolean => at - since <= withinMs
  const well = enabled.filter((one) => (one.verdict === 'down' ? isRecent(one) : isIn(one)))
  const bad = well.filter(isBad)
  return {
    bad,
    well: well.length,
    share: well.length === 0 ? 0 : bad.length / well.length,
    wouldLeave: enabled.some((one) => one.verdict === 'down' && isIn(one)),
  }
}

/** Share of those in the table that fail or falter. */
function stillBad(candidates: readonly Candidate[]): number {
  const inside = candidates.filter((one) => isEnabled(one) && isIn(one))
  return inside.length === 0 ? 0 : inside.filter(isBad).length / inside.length
}

function downShare(candidates: readonly Candidate[]): number {
  const enabled = candidates.filter(isEnabled)
  const down = enabled.filter(({ verdict }) => verdict === 'down').length
  return enabled.length === 0 ? 0 : down / enabled.length
}

function isBad({ verdict, falters }: Candidate): boolean {
  return verdict === 'down' || falters
}
