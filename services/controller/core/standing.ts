import type { Outcome } from '../../../probes/check.ts'
import type { CheckSpec } from '../../shared/domain/check-spec.ts'
import type { Verdict } from '../../shared/domain/judge.ts'
import { judge } from '../../shared/domain/judge.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import { calm, damp, UNKNOWN_DEGRADE } from './degrade.ts'
import type { CheckState, ServerState } from './state.ts'

/**
 * Takes one observation in; true when the check's visible verdict, or what it leaves of the weight,
 * changed. One that is older than
 * what counts as silence is as good as none.
 */
export function observe(check: CheckState, observation: Observation, at: number): boolean {
  if (at - observation.at > silenceMs(check.spec)) return false
  const isFirst = check.last === undefined
  check.last = observation
  const { outcome } = observation
  if (outcome.outcome === 'inconclusive') return isFirst && check.spec.optional === true
  check.heardAt = at
  const says = outcome.outcome === 'fail' ? 'fail' : 'pass'
  const { health } = judge(check.health, says, check.spec)
  const before = visibleVerdict(check)
  const isDegradeNew = observeDegrade(check, outcome)
  check.health = health
  if (health.verdict === (says === 'pass' ? 'up' : 'down')) check.confirmed = true
  return visibleVerdict(check) !== before || isDegradeNew
}

/** Who is out has no weight that could flap, so the last pass decides what it enters with. */
function observeDegrade(check: CheckState, outcome: Outcome): boolean {
  const { factor } = check.degrade
  const { warning } = check
  if (outcome.outcome === 'fail') check.degrade = calm(check.degrade)
  else {
    const said = outcome.outcome === 'degraded' ? outcome.factor : 1
    const known = check.health.verdict === 'up' ? check.degrade : UNKNOWN_DEGRADE
    check.degrade = damp(known, said, check.spec)
    const isWarning = outcome.outcome === 'degraded' && said === 1
    check.warning = isWarning ? outcome.code : undefined
  }
  return check.degrade.factor !== factor || check.warning !== warning
}

/** The check that leaves least of a real server's weight; `undefined` when all leave all of it. */
export function degradedBy({ checks }: ServerState): CheckState | undefined {
  let worst: CheckState | undefined
  for (const check of checks) {
    if (factorOf(check) < (worst === undefined ? 1 : factorOf(worst))) worst = check
  }
  return worst
}

/** Share of the configured weight that a check leaves. */
export function factorOf({ degrade }: CheckState): number {
  return degrade.factor ?? 1
}

/** A check is silent after three intervals and a timeout without anything conclusive. */
export function silenceMs({ intervalMs, timeoutMs }: CheckSpec): number {
  return 3 * Math.max(intervalMs, 1000) + timeoutMs
}

/** A verdict counts from the first observation that agrees with it. */
export function visibleVerdict(check: CheckState): Verdict {
  return check.confirmed ? check.health.verdict : 'unknown'
}

/** What was seen last speaks against it, be it not often enough yet. */
export function isFailing(check: CheckState): boolean {
  return check.last?.outcome.outcome === 'fail' || visibleVerdict(check) === 'down'
}

/** Up so far, but one of its checks has just failed. */
export function falters(server: ServerState): boolean {
  return server.verdict === 'up' && server.checks.some(isFailing)
}

/** All checks must pass; one that fails is enough for down; no checks at all is up. */
export function standingOf(server: ServerState): Verdict {
  let unknown = false
  for (const check of server.checks) {
    const verdict = visibleVerdict(check)
    if (verdict === 'down') return 'down'
    if (verdict === 'unknown' && !isWaived(check)) unknown = true
  }
  return unknown ? 'unknown' : 'up'
}

/** It has been asked in vain, and nobody insists on its answer. */
function isWaived({ spec, last }: CheckState): boolean {
  return spec.optional === true && last !== undefined
}
