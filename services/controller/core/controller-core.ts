import type { Cluster } from '../../shared/domain/virtual-service.ts'
import { clearDirectorAlerts, clearServiceAlerts, dropInherited } from './alerts.ts'
import { bridgeGap } from './bridge-gap.ts'
import type { Command } from './command.ts'
import { configure } from './configure.ts'
import { decideService } from './decide.ts'
import { watchDrains } from './drain/watch-drains.ts'
import type { Event } from './event.ts'
import { adoptNewcomers, gather } from './gather.ts'
import { hearDirector } from './hear-director.ts'
import { hearProbers } from './hear-probers.ts'
import { holdWindows } from './hold-windows.ts'
import { assertInvariants } from './invariants.ts'
import { hearLeader, takeLead } from './lead.ts'
import { expireOverrides, operate } from './overrides.ts'
import { watchParity } from './parity.ts'
import { hearController, watchPeers } from './peers.ts'
import { releaseBreaker } from './release-breaker.ts'
import { recordHook } from './run-hooks.ts'
import { watchShadows } from './shadow.ts'
import { type ControllerState, emptyState } from './state.ts'
import { loadOverrides, takeStoredOverride } from './stored-overrides.ts'
import { publishTables } from './table.ts'
import { takeObservations } from './take-observations.ts'
import { watchSilence } from './watch.ts'
import { watchBreakers } from './watch-breakers.ts'
import { watchVantages } from './watch-vantages.ts'
import { watchWeights } from './weights/watch-weights.ts'

/** The deterministic machine: the same events in the same order give the same commands. */
export interface ControllerCore {
  /** For looking at; only `handle` changes it. */
  readonly state: ControllerState
  /**
   * Takes one event in and says what is to be done about it, in order. A controller that follows
   * says it too, and does nothing of it.
   */
  handle(event: Event): readonly Command[]
}

/** How a controller begins. */
export interface CoreOptions {
  /**
   * How long to wait for more directors once the first has reported, where the cluster file names
   * none; 0 where there is only one.
   */
  readonly gatherMs?: number
}

/** A controller that has seen nothing yet. It publishes no table before a director has reported. */
export function createControllerCore({ gatherMs = 0 }: CoreOptions = {}): ControllerCore {
  return coreOn(emptyState(gatherMs))
}

/** The machine on a state that is there already, which it owns from now on. */
export function coreOn(state: ControllerState): ControllerCore {
  return {
    state,
    handle(event) {
      bridgeGap(state, event.at)
      const taken = takeIn(state, event)
      return [...taken, ...settle(state, event.at)]
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
      return tick(state, event.at)
    case 'operator-asked':
      return operate(state, event.request, event.at)
    case 'breaker-released':
      return releaseBreaker(state, event)
    case 'windows-held':
      return holdWindows(state, event)
    case 'hook-ran':
      return [recordHook(event)]
    case 'director-reported':
      return hearDirector(state, event.report, event.at)
    case 'config-changed':
      return changeConfig(state, event.cluster, event.at)
    case 'overrides-loaded':
      return [...loadOverrides(state, event), ...gather(state, event.at)]
    case 'override-stored':
      return takeStoredOverride(state, event)
    case 'led':
      return takeLead(state, event)
    case 'deposed':
      state.role = 'following'
      return []
    case 'leader-heard':
      hearLeader(state, event.leading, event.at)
      return []
    case 'controller-heard':
      return hearController(state, event.presence, event.at)
  }
}

function tick(state: ControllerState, at: number): readonly Command[] {
  watchBreakers(state, at)
  watchWeights(state, at)
  return [
    ...gather(state, at),
    // Who follows is told by the store that an override has ended.
    ...(state.role === 'leading' ? [...expireOverrides(state, at), ...watchDrains(state, at)] : []),
    ...watchVantages(state, at),
    ...watchSilence(state, at),
    ...watchParity(state, at),
    ...watchShadows(state, at),
    ...watchPeers(state, at),
    ...dropInherited(state, at),
  ]
}

function changeConfig(state: ControllerState, cluster: Cluster, at: number): readonly Command[] {
  const before = [...state.services.keys()]
  const services = configure(state, cluster, at)
  state.isConfigured = true
  state.mustPublish = true
  const gone = before.filter((name) => !state.services.has(name))
  return [
    ...gone.flatMap((name) => clearServiceAlerts(state, name, at)),
    ...nameDirectors(state, cluster.directors, at),
    ...adoptNewcomers(state, services, at),
  ]
}

/** A director that the file names no more is sent no more tables; what it holds is left to it. */
function nameDirectors(
  state: ControllerState,
  directors: readonly string[] | undefined,
  at: number,
): readonly Command[] {
  const before = state.namedDirectors
  state.namedDirectors = directors
  state.configuredAt = at
  if (directors === undefined) return []
  const commands: Command[] = []
  for (const name of new Set([...state.adopted, ...(before ?? [])])) {
    if (directors.includes(name)) continue
    commands.push(...clearDirectorAlerts(state, name, at))
    state.directors.delete(name)
    state.directorsHeardAt.delete(name)
    state.disparities.delete(name)
    state.shadows.delete(name)
    state.adopted.delete(name)
  }
  return commands
}

/**
 * Decides what this step has touched; nothing before a director has shown its table and the cluster
 * file is known. A new cluster is always published: schedulers, persistence and whole services may
 * have changed.
 */
function settle(state: ControllerState, at: number): readonly Command[] {
  if (!state.isConfigured || state.adopted.size === 0) return []
  if (state.dirty.size === 0 && !state.mustPublish) return []
  const commands: Command[] = []
  let moved = state.mustPublish
  for (const name of state.dirty) {
    const service = state.services.get(name)
    if (service === undefined) continue
    const decided = decideService(state, service, at)
    commands.push(...decided.commands)
    moved ||= decided.moved
    assertInvariants(state, service)
  }
  state.dirty.clear()
  state.mustPublish = false
  if (!moved) return commands
  state.generation++
  // The table first: records may wait, a failed server's clients do not.
  return [...publishTables(state), ...commands]
}
