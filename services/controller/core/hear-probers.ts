import type { ProberReport } from '../../shared/domain/prober.ts'
import { clearAlert } from './alerts.ts'
import { forgetWhere } from './canaries.ts'
import type { Command } from './command.ts'
import type { ControllerState, ProberState, VantageState } from './state.ts'
import { forgetVantage, proberOf, vantageOf } from './vantages.ts'

/** A vantage that the file names may be without probers for so long before that is said. */
const EXPECTED_WITHIN_MS = 5000

/** Key of an alert about one prober. */
export function proberAlertKey(kind: (typeof PROBER_ALERTS)[number], prober: string): string {
  return `prober-${kind}/${prober}`
}

/** Key of an alert about one vantage. */
export function vantageAlertKey(kind: (typeof VANTAGE_ALERTS)[number], vantage: string): string {
  return `vantage-${kind}/${vantage}`
}

const PROBER_ALERTS = ['lost', 'suspect', 'clock'] as const
const VANTAGE_ALERTS = ['lost', 'suspect'] as const

/** Takes in who is alive. Nobody's verdict changes by that, only whose word counts from now on. */
export function hearProbers(
  state: ControllerState,
  reports: readonly ProberReport[],
  at: number,
): readonly Command[] {
  const commands: Command[] = []
  for (const report of reports) {
    proberOf(state, report.name, vantageOf(state, report.vantage, at)).report = report
  }
  const present = new Set(reports.map(({ name }) => name))
  for (const prober of state.probers.values()) {
    // One that has only been seen by what it observed will have its heartbeat heard, too.
    if (prober.report !== undefined && !present.has(prober.name)) {
      commands.push(...forgetProber(state, prober, at))
    }
  }
  for (const vantage of state.vantages.values()) {
    commands.push(...updateVantage(state, vantage, at))
  }
  return commands
}

/** Probers of a vantage that are known. */
export function probersOf(state: ControllerState, vantage: VantageState): readonly ProberState[] {
  return [...state.probers.values()].filter((prober) => prober.vantage === vantage)
}

/** Whether it is alive, as far as anybody knows. */
export function isAlive({ report }: ProberState): boolean {
  return report?.alive ?? true
}

function forgetProber(state: ControllerState, prober: ProberState, at: number): readonly Command[] {
  state.probers.delete(prober.name)
  if (prober.suspectSince !== undefined) forgetWhere(state, (view) => view.prober === prober)
  return PROBER_ALERTS.flatMap((kind) => clearAlert(state, proberAlertKey(kind, prober.name), at))
}

function updateVantage(
  state: ControllerState,
  vantage: VantageState,
  at: number,
): readonly Command[] {
  const probers = probersOf(state, vantage)
  if (probers.some(isAlive)) vantage.lost = false
  else if (probers.length > 0 || at - vantage.since > EXPECTED_WITHIN_MS) vantage.lost = true
  if (probers.length > 0 || vantage.named || !vantage.lost) return []
  forgetVantage(state, vantage)
  const { name } = vantage
  return VANTAGE_ALERTS.flatMap((kind) => clearAlert(state, vantageAlertKey(kind, name), at))
}
