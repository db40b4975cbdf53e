import type { CheckSpec } from '../../shared/domain/check-spec.ts'
import type { Verdict } from '../../shared/domain/judge.ts'
import { judge } from '../../shared/domain/judge.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { CheckState, ServerState } from './state.ts'

/**
 * Takes one observation in; true when the check's visible verdict changed. One that is older than
 * what counts as silence is as good as none.
 */
export function observe(check: CheckState, observation: Observation, at: number): boolean {
  if (at - observation.at > silenceMs(check.spec)) return false
  check.last = observation
  const { outcome } = observation.outcome
  if (outcome === 'inconclusive') return false
  check.heardAt = at
  const { health } = judge(check.health, outcome, check.spec)
  const before = visibleVerdict(check)
  check.health = health
  if (health.verdict === (outcome === 'pass' ? 'up' : 'down')) check.confirmed = true
  return visibleVerdict(check) !== before
}

/** A check is silent after three intervals and a timeout without anything conclusive. */
export function silenceMs({ intervalMs, timeoutMs }: CheckSpec): number {
  return 3 * Math.max(intervalMs, 1000) + timeoutMs
}

/** A verdict counts from the first observation that agrees with it. */
export function visibleVerdict(check: CheckState): Verdict {
  return check.confirmed ? check.health.verdict : 'unknown'
}

/** All checks must pass; one that fails is enough for down; no checks at all is up. */
export function standingOf(server: ServerState): Verdict {
  let unknown = false
  for (const check of server.checks) {
    const verdict = visibleVerdict(check)
    if (verdict === 'down') return 'down'
    if (verdict === 'unknown') unknown = true
  }
  return unknown ? 'unknown' : 'up'
}
