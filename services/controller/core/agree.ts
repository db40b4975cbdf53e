import type { CheckState, ProberState, View } from './state.ts'
import { objectionTo, voteOf } from './view.ts'

/**
 * What the vantages that count agree on; true when it is not what it was. The verdict is down when
 * a quorum of them says so, else up when a quorum does, else what it was; it only goes the way of
 * what was `seen` just now: who counts may have changed, but no pass takes anybody out. Of the
 * shares of the weight that they leave, it is the least that a quorum leaves or goes below.
 */
export function agree(check: CheckState, seen: 'up' | 'down', at: number): boolean {
  const [only, ...others] = check.views
  const counted = check.views.filter((view) => objectionTo(view, check.spec, at) === undefined)
  const quorum = quorumOf(check, counted.length)
  if (only === undefined || counted.length < quorum) return false
  const { verdict, factor, warning } = check
  const votes = counted.map((view) => (isSure(check, view, at) ? voteOf(view) : 'unknown'))
  const has = (vote: 'up' | 'down') => votes.filter((one) => one === vote).length >= quorum
  const agreed = has('down') ? 'down' : has('up') ? 'up' : undefined
  if (agreed === seen) check.verdict = agreed
  check.factor =
    others.length === 0 ? (only.degrade.factor ?? factor) : share(counted, quorum, factor)
  check.warning = counted.find((view) => view.warning !== undefined)?.warning
  return check.verdict !== verdict || check.factor !== factor || check.warning !== warning
}

/** A vantage says what is agreed already, so nothing can change by it. */
export function isAgreed({ verdict, factor, warning }: CheckState, view: View): boolean {
  return (
    voteOf(view) === verdict &&
    (view.degrade.factor ?? factor) === factor &&
    view.warning === warning
  )
}

/** How many vantages must agree when so many count: a majority, if nobody said otherwise. */
export function quorumOf({ server }: CheckState, counted: number): number {
  return server.service.config.probeFrom?.quorum ?? Math.floor(counted / 2) + 1
}

function share(
  counted: readonly View[],
  quorum: number,
  known: number | undefined,
): number | undefined {
  const factors = counted.map(({ degrade }) => degrade.factor).filter((one) => one !== undefined)
  return factors.sort((a, b) => a - b)[quorum - 1] ?? known
}

/**
 * A prober with canaries is only believed that something is down when one of them has passed since:
 * else it may be its own network.
 */
function isSure(check: CheckState, { health, prober, failingSince }: View, at: number): boolean {
  if (health.verdict !== 'down' || prober === undefined) return true
  if (prober.canaryPassedAt >= failingSince || !hasCanaries(prober, at)) return true
  prober.unsure.add(check)
  return false
}

/** Canaries of which nothing conclusive comes say nothing, neither for nor against. */
function hasCanaries({ canariesUntil }: ProberState, at: number): boolean {
  return at <= canariesUntil
}
