import type { Vantage } from '../../shared/domain/virtual-service.ts'
import type { ControllerState, ProberState, VantageState } from './state.ts'
import { looksAt, newView } from './view.ts'

/** A vantage by its name; one that is new takes for granted what is known. */
export function vantageOf(state: ControllerState, name: string, at: number): VantageState {
  const known = state.vantages.get(name)
  if (known !== undefined) return known
  const vantage: VantageState = {
    name,
    since: at,
    named: false,
    lost: false,
    heard: 0,
    failing: 0,
    aloneSince: undefined,
    isAlone: false,
  }
  state.vantages.set(name, vantage)
  for (const service of state.services.values()) {
    if (!looksAt(vantage, service)) continue
    for (const { checks } of service.servers) {
      for (const check of checks) check.views.push(newView(check, vantage, at))
    }
  }
  return vantage
}

/** A prober by its name; one that looks from somewhere else now is another. */
export function proberOf(state: ControllerState, name: string, vantage: VantageState): ProberState {
  const known = state.probers.get(name)
  if (known?.vantage === vantage) return known
  const prober: ProberState = {
    name,
    vantage,
    canaries: new Map(),
    canaryPassedAt: 0,
    canariesUntil: 0,
    suspectSince: undefined,
    unsure: new Set(),
  }
  state.probers.set(name, prober)
  return prober
}

/** The vantages that the cluster file names are expected, whoever has been heard of. */
export function configureVantages(
  state: ControllerState,
  vantages: readonly Vantage[] | undefined,
  at: number,
): void {
  state.canaries = new Map()
  for (const vantage of state.vantages.values()) vantage.named = false
  for (const { name, canaries } of vantages ?? []) {
    vantageOf(state, name, at).named = true
    for (const spec of canaries) state.canaries.set(spec.probe, spec)
  }
  for (const prober of state.probers.values()) {
    prober.unsure.clear()
    for (const probe of prober.canaries.keys()) {
      if (!state.canaries.has(probe)) prober.canaries.delete(probe)
    }
    if (prober.canaries.size === 0) {
      prober.canariesUntil = 0
      prober.suspectSince = undefined
    }
  }
  for (const vantage of state.vantages.values()) countOutcomes(state, vantage)
}

/** A vantage that nobody looks from any more, and that nobody expects, is forgotten. */
export function forgetVantage(state: ControllerState, vantage: VantageState): void {
  state.vantages.delete(vantage.name)
  for (const { servers } of state.services.values()) {
    for (const check of servers.flatMap(({ checks }) => checks)) {
      check.views = check.views.filter((view) => view.vantage !== vantage)
    }
  }
}

function countOutcomes(state: ControllerState, vantage: VantageState): void {
  vantage.heard = 0
  vantage.failing = 0
  for (const { servers } of state.services.values()) {
    for (const { views } of servers.flatMap(({ checks }) => checks)) {
      const view = views.find((one) => one.vantage === vantage)
      if (view?.passed === undefined) continue
      vantage.heard++
      if (!view.passed) vantage.failing++
    }
  }
}
