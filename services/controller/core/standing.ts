import type { Outcome } from '../../../probes/check.ts'
import { judge, type Thresholds, type Verdict } from '../../shared/domain/judge.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import { agree, isAgreed, quorumOf } from './agree.ts'
import { isOutOfOrder } from './canaries.ts'
import { calm, damp, UNKNOWN_DEGRADE } from './degrade.ts'
import type { CheckState, ProberState, ServerState, View } from './state.ts'
import { forgetSeen, isBelieved, silenceMs, voteOf } from './view.ts'

/**
 * Takes one observation in; true when what the vantages agree on, the verdict or what is left of
 * the weight, changed. One that is older than what counts as silence, or than the last one from
 * there, is as good as none.
 */
export function observe(
  check: CheckState,
  view: View,
  prober: ProberState,
  observation: Observation,
  at: number,
): boolean {
  const { spec } = check
  const toleranceMs = silenceMs(spec)
  if (at - observation.at > toleranceMs) return false
  const { last } = view
  if (last !== undefined && isOutOfOrder(last, observation, toleranceMs)) return false
  const isFirst = last === undefined && !hasSpoken(check)
  view.last = observation
  takeOver(check, view, prober)
  const { outcome } = observation
  if (outcome.outcome === 'inconclusive') return isFirst && spec.optional === true
  view.heardAt = at
  const hasPassed = outcome.outcome !== 'fail'
  countOutcome(view, hasPassed)
  if (hasPassed) view.failingSince = 0
  else if (view.failingSince === 0) view.failingSince = observation.at
  const { health } = judge(view.health, hasPassed ? 'pass' : 'fail', spec)
  observeDegrade(view, outcome, spec)
  view.health = health
  if (health.verdict === (hasPassed ? 'up' : 'down')) view.confirmed = true
  return !isAgreed(check, view) && agree(check, hasPassed ? 'up' : 'down', at)
}

/** What a suspect prober saw is nothing that another could go on from. */
function takeOver(check: CheckState, view: View, prober: ProberState): void {
  if (view.prober === prober) return
  if (view.prober?.suspectSince !== undefined) forgetSeen(check, view)
  view.prober = prober
}

function countOutcome(view: View, hasPassed: boolean): void {
  const { vantage, passed } = view
  if (passed === hasPassed) return
  if (passed === undefined) vantage.heard++
  if (!hasPassed) vantage.failing++
  else if (passed === false) vantage.failing--
  view.passed = hasPassed
}

/** Who is out has no weight that could flap, so the last pass decides what it enters with. */
function observeDegrade(view: View, outcome: Outcome, thresholds: Thresholds): void {
  if (outcome.outcome === 'fail') {
    view.degrade = calm(view.degrade)
    return
  }
  const said = outcome.outcome === 'degraded' ? outcome.factor : 1
  const known = view.health.verdict === 'up' ? view.degrade : UNKNOWN_DEGRADE
  view.degrade = damp(known, said, thresholds)
  const isWarning = outcome.outcome === 'degraded' && said === 1
  view.warning = isWarning ? outcome.code : undefined
}

/** Somebody has looked, whatever came of it. */
function hasSpoken({ views }: CheckState): boolean {
  return views.some(({ last }) => last !== undefined)
}

/**
 * The view that tells most of what is agreed: the latest of a vantage that says so, else the
 * latest.
 */
export function tellingView({ views, verdict }: CheckState): View | undefined {
  let best: View | undefined
  for (const view of views) {
    if (view.last === undefined) continue
    if (best?.last === undefined) best = view
    else {
      const agrees = Number(voteOf(view) === verdict) - Number(voteOf(best) === verdict)
      if (agrees > 0 || (agrees === 0 && view.last.at > best.last.at)) best = view
    }
  }
  return best
}

/** The check that leaves least of a real server's weight; `undefined` when all leave all of it. */
export function degradedBy(
  { checks }: ServerState,
  counts: (check: CheckState) => boolean = () => true,
): CheckState | undefined {
  let worst: CheckState | undefined
  for (const check of checks) {
    if (counts(check) && factorOf(check) < (worst === undefined ? 1 : factorOf(worst)))
      worst = check
  }
  return worst
}

/** Share of the configured weight that a check leaves. */
export function factorOf({ factor }: CheckState): number {
  return factor ?? 1
}

/** What was seen last speaks against it, be it not often enough yet. */
export function isFailing(check: CheckState): boolean {
  if (check.verdict === 'down') return true
  let believed = 0
  let failing = 0
  for (const view of check.views) {
    if (!isBelieved(view)) continue
    believed++
    if (view.last?.outcome.outcome === 'fail') failing++
  }
  return believed > 0 && failing >= quorumOf(check, believed)
}

/** Every check has been seen to pass after `since`, and none fails now. */
export function hasPassedSince(server: ServerState, since: number): boolean {
  return server.checks.every(
    (check) =>
      !isFailing(check) &&
      check.views.some((view) => isBelieved(view) && view.passed === true && view.heardAt > since),
  )
}

/** Up so far, but one of its checks has just failed. */
export function falters(server: ServerState): boolean {
  return server.verdict === 'up' && server.checks.some(isFailing)
}

/** All checks must pass; one that fails is enough for down; no checks at all is up. */
export function standingOf(server: ServerState): Verdict {
  let unknown = false
  for (const check of server.checks) {
    const { verdict } = check
    if (verdict === 'down') return 'down'
    if (verdict === 'unknown' && !isWaived(check)) unknown = true
  }
  return unknown ? 'unknown' : 'up'
}

/** It has been asked in vain, and nobody insists on its answer. */
function isWaived(check: CheckState): boolean {
  return check.spec.optional === true && hasSpoken(check)
}
