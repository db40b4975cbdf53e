import type { Verdict } from '../../shared/domain/judge.ts'
import { judge } from '../../shared/domain/judge.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { CheckState, ServerState } from './state.ts'

/** Takes one observation in; true when the check's visible verdict changed. */
export function observe(check: CheckState, observation: Observation, at: number): boolean {
  check.heardAt = at
  check.last = observation
  const { outcome } = observation.outcome
  if (outcome === 'inconclusive') return false
  const { health } = judge(check.health, outcome, check.spec)
  const before = visibleVerdict(check)
  check.health = health
  if (health.verdict === (outcome === 'pass' ? 'up' : 'down')) check.confirmed = true
  return visibleVerdict(check) !== before
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
