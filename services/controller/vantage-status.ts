import { isoTime } from '../shared/runtime/iso-time.ts'
import type { ProberStatus, VantageStatus } from '../shared/wire/status.ts'
import { isAlive, probersOf } from './core/hear-probers.ts'
import type { ControllerState } from './core/state.ts'
import { suspicionOf, suspicionOfProber } from './core/watch-vantages.ts'

/** Every prober that is known, as operators see it. */
export function probersStatus(state: ControllerState): ProberStatus[] {
  return [...state.probers.values()].sort(byName).map((prober) => {
    const { name, vantage, report, suspectSince } = prober
    return {
      name,
      vantage: vantage.name,
      tags: [...(report?.tags ?? [])],
      alive: isAlive(prober),
      ...(report && {
        heardAt: isoTime(report.heardAt),
        checks: report.checks,
        lagMs: Math.round(report.lagMs),
        skewMs: Math.round(report.skewMs),
      }),
      ...(suspectSince !== undefined && { suspect: suspicionOfProber(state, prober) }),
    }
  })
}

/** Every vantage that is known or expected, as operators see it. */
export function vantagesStatus(state: ControllerState): VantageStatus[] {
  return [...state.vantages.values()].sort(byName).map((vantage) => {
    const suspicion = suspicionOf(state, vantage)
    return {
      name: vantage.name,
      probers: probersOf(state, vantage).filter(isAlive).length,
      counts: !vantage.lost && suspicion === undefined,
      ...(suspicion && { suspect: suspicion.why }),
      checks: vantage.heard,
      failing: vantage.failing,
    }
  })
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}
