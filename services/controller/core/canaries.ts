import type { CheckSpec } from '../../shared/domain/check-spec.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import { agree, isAgreed } from './agree.ts'
import type { CheckState, ControllerState, ProberState, View } from './state.ts'
import { forgetSeen, silenceMs } from './view.ts'

/**
 * Takes in what a prober saw of one of its canaries. As long as it sees most of them down it is
 * suspect; what it saw of real servers until then counts for nothing.
 */
export function hearCanary(
  state: ControllerState,
  prober: ProberState,
  spec: CheckSpec,
  observation: Observation,
  at: number,
): void {
  const { outcome } = observation
  const last = prober.canaries.get(spec.probe)
  if (at - observation.at > silenceMs(spec) || outcome.outcome === 'inconclusive') return
  if (last !== undefined && isOutOfOrder(last, observation, silenceMs(spec))) return
  prober.canaries.set(spec.probe, observation)
  prober.canariesUntil = Math.max(prober.canariesUntil, at + silenceMs(spec))
  if (outcome.outcome !== 'fail') {
    prober.canaryPassedAt = Math.max(prober.canaryPassedAt, observation.at)
  }
  const isSuspect = 2 * failingCanaries(prober) > prober.canaries.size
  if (isSuspect) prober.suspectSince ??= at
  else if (prober.suspectSince !== undefined) {
    prober.suspectSince = undefined
    prober.unsure.clear()
    forgetWhere(state, (view) => view.prober === prober)
  }
  if (!isSuspect && outcome.outcome !== 'fail') settleUnsure(state, prober, at)
}

/** How many of its canaries a prober saw down last. */
export function failingCanaries({ canaries }: ProberState): number {
  let failing = 0
  for (const { outcome } of canaries.values()) if (outcome.outcome === 'fail') failing++
  return failing
}

/**
 * Late or double, as far as one can tell: what is older by more than a check may be silent comes
 * from a clock that was set back.
 */
export function isOutOfOrder(last: Observation, next: Observation, toleranceMs: number): boolean {
  return next.at <= last.at && last.at - next.at <= toleranceMs
}

/** What was seen under suspicion and contradicts, or begins to, counts for nothing. */
export function forgetWhere(state: ControllerState, isMeant: (view: View) => boolean): void {
  for (const { servers } of state.services.values()) {
    for (const check of servers.flatMap(({ checks }) => checks)) {
      for (const view of check.views) {
        if (isMeant(view) && !isQuiet(check, view)) forgetSeen(check, view)
      }
    }
  }
}

function isQuiet(check: CheckState, view: View): boolean {
  return isAgreed(check, view) && view.health.streak === 0 && view.degrade.row.length === 0
}

function settleUnsure(state: ControllerState, { unsure }: ProberState, at: number): void {
  if (unsure.size === 0) return
  const waiting = [...unsure]
  unsure.clear()
  for (const check of waiting) {
    if (agree(check, 'down', at)) state.dirty.add(check.server.service.config.name)
  }
}
