import type { CheckSpec } from '../../shared/domain/check-spec.ts'
import { type Health, isKnown, type Verdict } from '../../shared/domain/judge.ts'
import { type Degrade, UNKNOWN_DEGRADE, WHOLE } from './degrade.ts'
import type { CheckState, ServiceState, VantageState, View } from './state.ts'

/** A check is silent after three intervals and a timeout without anything conclusive. */
export function silenceMs({ intervalMs, timeoutMs }: CheckSpec): number {
  return 3 * Math.max(intervalMs, 1000) + timeoutMs
}

/** Whether a service wants to be looked at from there. */
export function looksAt({ name }: VantageState, { config }: ServiceState): boolean {
  return config.probeFrom?.vantages?.includes(name) ?? true
}

/** The view of a vantage that has yet to speak: it takes for granted what is known. */
export function newView(check: CheckState, vantage: VantageState, at: number): View {
  return {
    vantage,
    prober: undefined,
    health: knownHealth(check),
    confirmed: false,
    last: undefined,
    passed: undefined,
    failingSince: 0,
    degrade: knownDegrade(check),
    warning: check.warning,
    heardAt: at,
  }
}

/** What a vantage has seen counts for nothing, and it begins anew. */
export function forgetSeen(check: CheckState, view: View): void {
  view.health = knownHealth(check)
  view.confirmed = false
  view.failingSince = 0
  view.degrade = knownDegrade(check)
  view.warning = check.warning
}

function knownHealth({ verdict, presumed }: CheckState): Health {
  return { verdict: isKnown(verdict) ? verdict : presumed, streak: 0 }
}

function knownDegrade({ factor }: CheckState): Degrade {
  return factor === undefined ? UNKNOWN_DEGRADE : { factor, row: [] }
}

/** A verdict counts from the first observation that agrees with it. */
export function voteOf({ confirmed, health }: View): Verdict {
  return confirmed ? health.verdict : 'unknown'
}

/** Nothing conclusive has come from there for so long that it has no say any more. */
export function isViewSilent({ heardAt }: View, spec: CheckSpec, at: number): boolean {
  return at - heardAt > silenceMs(spec)
}

/** Nobody has a reason to doubt it, be it heard or not. */
export function isBelieved({ vantage, prober }: View): boolean {
  return !vantage.lost && !vantage.isAlone && prober?.suspectSince === undefined
}

/** Why a vantage has no say in a check; `undefined` when it has. */
export function objectionTo(
  view: View,
  spec: CheckSpec,
  at: number,
): 'lost' | 'suspect' | 'silent' | undefined {
  const { vantage, prober } = view
  if (vantage.lost) return 'lost'
  if (vantage.isAlone || prober?.suspectSince !== undefined) return 'suspect'
  return isViewSilent(view, spec, at) ? 'silent' : undefined
}

/** What the table shows of a real server is taken for granted until vantages have spoken. */
export function presume(
  check: CheckState,
  verdict: Verdict,
  { isFirst, isWhole }: { readonly isFirst: boolean; readonly isWhole: boolean },
): void {
  const isNew = check.verdict === 'unknown'
  // Less than all may be a degradation from before this life: then the first pass decides.
  if (isWhole && (isFirst || (isNew && check.presumed === 'unknown'))) check.factor = 1
  if (isFirst || check.presumed === 'unknown') check.presumed = verdict
  for (const view of check.views) {
    const { health } = view
    if (isWhole && (isFirst || health.verdict === 'unknown')) view.degrade = WHOLE
    // Outcomes from before the first table were judged without knowing what they contradict.
    if (isFirst ? health.verdict === verdict : health.verdict !== 'unknown') continue
    view.health = { verdict, streak: 0 }
    view.confirmed = false
  }
  if (isFirst && check.verdict !== verdict) check.verdict = 'unknown'
}
