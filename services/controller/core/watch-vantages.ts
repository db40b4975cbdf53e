import { formatDuration } from '../../shared/domain/duration.ts'
import { clearAlert, raiseAlert, warnWhile } from './alerts.ts'
import { failingCanaries, forgetWhere } from './canaries.ts'
import type { Command } from './command.ts'
import { isAlive, proberAlertKey, probersOf, vantageAlertKey } from './hear-probers.ts'
import type { CheckState, ControllerState, ProberState, VantageState, View } from './state.ts'
import { CLOCK_TOLERANCE_MS } from './take-observations.ts'
import { objectionTo } from './view.ts'

/** Fewer checks than these are not everything. */
const LEAST_CHECKS = 3
/** A ping may get lost; what lasts is worth an alert. */
const ALERT_AFTER_MS = 3000

/** Looks after vantages and probers each second. No verdict changes by that. */
export function watchVantages(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const vantage of state.vantages.values()) watchAlone(state, vantage, at)
  for (const vantage of state.vantages.values()) {
    commands.push(...alertOfVantage(state, vantage, at))
  }
  for (const prober of state.probers.values()) commands.push(...alertOfProber(state, prober, at))
  return commands
}

/** Why a vantage does not count although somebody looks from there, in words. */
export function suspicionOf(
  state: ControllerState,
  vantage: VantageState,
): { readonly since: number; readonly why: string } | undefined {
  const { isAlone, aloneSince, failing, heard } = vantage
  if (isAlone && aloneSince !== undefined) {
    return { since: aloneSince, why: `it alone sees ${failing} of ${heard} checks down` }
  }
  const alive = probersOf(state, vantage).filter(isAlive)
  const since = alive.map(({ suspectSince }) => suspectSince)
  if (alive.length === 0 || vantage.lost || since.includes(undefined)) return undefined
  const why = alive.map((prober) => suspicionOfProber(state, prober)).join('; ')
  return { since: Math.max(...since.filter((one) => one !== undefined)), why }
}

/** Which canaries a prober sees down, in words. */
export function suspicionOfProber(state: ControllerState, prober: ProberState): string {
  const failing = [...prober.canaries]
    .filter(([, { outcome }]) => outcome.outcome === 'fail')
    .map(([probe]) => state.canaries.get(probe)?.label ?? probe)
  const count = `${failingCanaries(prober)} of ${prober.canaries.size} canaries`
  return `${prober.name} sees ${count} down (${failing.join(', ')})`
}

/**
 * A vantage that sees most of everything down, and others see the same up, is on its own. That has
 * to last for as long as the others may take to see it, too.
 */
function watchAlone(state: ControllerState, vantage: VantageState, at: number): void {
  const { contradicted, lookMs } = contradictions(state, vantage, at)
  const isLonely = contradicted >= LEAST_CHECKS && 2 * contradicted > vantage.heard
  if (isLonely && !vantage.lost) {
    vantage.aloneSince ??= at
    vantage.isAlone ||= at - vantage.aloneSince > lookMs
    return
  }
  vantage.aloneSince = undefined
  if (!vantage.isAlone) return
  vantage.isAlone = false
  forgetWhere(state, (view) => view.vantage === vantage)
}

/** How many checks it saw down last that another vantage saw up, and how long one look takes. */
function contradictions(
  state: ControllerState,
  vantage: VantageState,
  at: number,
): { readonly contradicted: number; readonly lookMs: number } {
  const { heard, failing } = vantage
  let contradicted = 0
  let lookMs = 0
  if (state.vantages.size < 2 || 2 * failing <= heard) return { contradicted, lookMs }
  for (const { servers } of state.services.values()) {
    for (const check of servers.flatMap(({ checks }) => checks)) {
      if (!isContradicted(check, vantage, at)) continue
      contradicted++
      lookMs = Math.max(lookMs, check.spec.intervalMs + check.spec.timeoutMs)
    }
  }
  return { contradicted, lookMs }
}

function isContradicted({ spec, views }: CheckState, vantage: VantageState, at: number): boolean {
  const own = views.find((view) => view.vantage === vantage)
  const says = (view: View) => view.passed === true && objectionTo(view, spec, at) === undefined
  return own?.passed === false && views.some((view) => view !== own && says(view))
}

function alertOfVantage(
  state: ControllerState,
  vantage: VantageState,
  at: number,
): readonly Command[] {
  const { name, lost } = vantage
  const severity = isAnyoneElse(state, vantage) ? 'warning' : 'critical'
  const rest = severity === 'warning' ? 'the others decide' : 'the last verdicts hold'
  const [lostKey, suspectKey] = [vantageAlertKey('lost', name), vantageAlertKey('suspect', name)]
  const suspicion = suspicionOf(state, vantage)
  const isSuspect = suspicion !== undefined && at - suspicion.since >= ALERT_AFTER_MS
  const none = `no prober of vantage ${name} is alive: ${rest}`
  const doubt = `vantage ${name} is suspect and does not count: ${suspicion?.why}; ${rest}`
  return [
    ...(lost
      ? raiseAlert(state, { key: lostKey, severity, message: none, since: at })
      : clearAlert(state, lostKey, at)),
    ...(isSuspect
      ? raiseAlert(state, { key: suspectKey, severity, message: doubt, since: at })
      : clearAlert(state, suspectKey, at)),
  ]
}

function isAnyoneElse(state: ControllerState, vantage: VantageState): boolean {
  for (const other of state.vantages.values()) {
    const counts = !other.lost && suspicionOf(state, other) === undefined
    if (other !== vantage && counts) return true
  }
  return false
}

function alertOfProber(
  state: ControllerState,
  prober: ProberState,
  at: number,
): readonly Command[] {
  const { name, vantage, report, suspectSince } = prober
  const lost = `prober ${name} of vantage ${vantage.name} has not been heard for three heartbeats`
  const isLost = !isAlive(prober)
  const isSuspect =
    suspectSince !== undefined &&
    at - suspectSince >= ALERT_AFTER_MS &&
    suspicionOf(state, vantage) === undefined
  const skewMs = report?.skewMs ?? 0
  const off = `${formatDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'behind' : 'ahead of'} ours`
  const clock = `the clock of prober ${name} is ${off}: its times are corrected by that`
  const doubt = `is suspect and does not count: ${suspicionOfProber(state, prober)}`
  const isOff = Math.abs(skewMs) > CLOCK_TOLERANCE_MS
  const warn = (kind: 'lost' | 'suspect' | 'clock', isSo: boolean, message: string) =>
    warnWhile(state, isSo, { key: proberAlertKey(kind, name), message, at })
  return [
    ...warn('lost', isLost, lost),
    ...warn('suspect', isSuspect, `prober ${name} ${doubt}`),
    ...warn('clock', isOff, clock),
  ]
}
