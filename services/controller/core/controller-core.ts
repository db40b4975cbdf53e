import type { DirectorReport } from '../../shared/domain/director-report.ts'
import { overrideKey } from '../../shared/domain/override.ts'
import type { Cluster } from '../../shared/domain/virtual-service.ts'
import { adoptTable } from './adopt.ts'
import { clearServiceAlerts, raiseAlert } from './alerts.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { decideService } from './decide.ts'
import type { Event } from './event.ts'
import { finishDrains, recordReport } from './hear-director.ts'
import { hearProbers } from './hear-probers.ts'
import { assertInvariants } from './invariants.ts'
import { expireOverrides, operate, setOverride } from './overrides.ts'
import { releaseBreaker } from './release-breaker.ts'
import { recordHook } from './run-hooks.ts'
import { type ControllerState, emptyState, type ServiceState } from './state.ts'
import { desiredTable } from './table.ts'
import { takeObservations } from './take-observations.ts'
import { watchSilence } from './watch.ts'
import { watchBreakers } from './watch-breakers.ts'
import { watchVantages } from './watch-vantages.ts'

/** The deterministic machine: the same events in the same order give the same commands. */
export interface ControllerCore {
  /** For looking at; only `handle` changes it. */
  readonly state: ControllerState
  /** Takes one event in and says what is to be done about it, in order. */
  handle(event: Event): readonly Command[]
}

/** A controller that has seen nothing yet. It publishes no table before a director has reported. */
export function createControllerCore(): ControllerCore {
  const state = emptyState()
  return {
    state,
    handle(event) {
      const taken = takeIn(state, event)
      return [...taken, ...settle(state, event.at, event.type === 'config-changed')]
    },
  }
}

function takeIn(state: ControllerState, event: Event): readonly Command[] {
  switch (event.type) {
    case 'observed':
      takeObservations(state, event)
      return []
    case 'probers-heard':
      return hearProbers(state, event.probers, event.at)
    case 'ticked':
      watchBreakers(state, event.at)
      return [
        ...expireOverrides(state, event.at),
        ...watchVantages(state, event.at),
        ...watchSilence(state, event.at),
      ]
    case 'operator-asked':
      return operate(state, event.request, event.at)
    case 'breaker-released':
      return releaseBreaker(state, event)
    case 'hook-ran':
      return [recordHook(event)]
    case 'director-reported':
      return reported(state, event.report, event.at)
    case 'config-changed':
      return changeConfig(state, event.cluster, event.at)
    case 'overrides-loaded':
      return loadOverrides(state, event)
  }
}

function changeConfig(state: ControllerState, cluster: Cluster, at: number): readonly Command[] {
  const before = [...state.services.keys()]
  const services = configure(state, cluster, at)
  const gone = before.filter((name) => !state.services.has(name))
  return [
    ...gone.flatMap((name) => clearServiceAlerts(state, name, at)),
    ...adopt(state, services, at),
  ]
}

function reported(state: ControllerState, report: DirectorReport, at: number): readonly Command[] {
  const first = state.directors.size === 0
  // A director that cannot read its table has nothing to adopt, and what operators want decides
  // what a row at 0 means.
  if (!state.overridesLoaded || (first && report.problem !== undefined)) {
    return recordReport(state, report, at)
  }
  state.directors.set(report.director, report)
  state.directorsHeardAt.set(report.director, at)
  const adopted = first ? adopt(state, state.services.values(), at) : []
  if (first) for (const name of state.services.keys()) state.dirty.add(name)
  return [...recordReport(state, report, at), ...adopted, ...finishDrains(state, at)]
}

function adopt(
  state: ControllerState,
  services: Iterable<ServiceState>,
  at: number,
): readonly Command[] {
  const [report] = state.directors.values()
  if (report === undefined) return []
  return adoptTable(state, services, report.services, at).map((made) => setOverride(state, made))
}

function loadOverrides(
  state: ControllerState,
  { overrides, damage, at }: Extract<Event, { type: 'overrides-loaded' }>,
): readonly Command[] {
  for (const override of overrides) state.overrides.set(overrideKey(override), override)
  for (const name of state.services.keys()) state.dirty.add(name)
  state.overridesLoaded = true
  state.overridesDamage = damage
  if (damage === undefined) return []
  const message =
    `stored overrides were damaged: ${damage}; ` +
    'what is out of the table stays out until lvsctl enable'
  return [
    { type: 'record-event', event: { at, type: 'state-damaged', message } },
    ...raiseAlert(state, { key: 'state-damaged', severity: 'critical', message, since: at }),
  ]
}

/**
 * Decides what this step has touched; nothing before a director has shown its table. A new cluster
 * is always published: schedulers, persistence and whole services may have changed.
 */
function settle(state: ControllerState, at: number, isNewCluster: boolean): readonly Command[] {
  if (state.directors.size === 0 || (state.dirty.size === 0 && !isNewCluster)) return []
  const commands: Command[] = []
  let moved = isNewCluster || state.generation === 0
  for (const name of state.dirty) {
    const service = state.services.get(name)
    if (service === undefined) continue
    const decided = decideService(state, service, at)
    commands.push(...decided.commands)
    moved ||= decided.moved
    assertInvariants(state, service)
  }
  state.dirty.clear()
  if (!moved) return commands
  state.generation++
  const services = desiredTable(state.services.values())
  // The table first: records may wait, a failed server's clients do not.
  return [{ type: 'publish-table', generation: state.generation, services }, ...commands]
}
