import type { Observation } from '../../../shared/domain/observation.ts'
import { findRow } from '../hear-director.ts'
import { factorOf } from '../standing.ts'
import type { ControllerState, ServerState } from '../state.ts'
import type { Measured } from './dynamic-feedback.ts'

/** What is remembered of a real server's load between two adjustments. */
export interface Load {
  /** Smoothed time that its checks take, milliseconds. */
  response: number | undefined
  /** The kernels' counts of connections at the last adjustment, by director. */
  readonly connections: Map<string, number>
}

/** Nothing is known yet. */
export function newLoad(): Load {
  return { response: undefined, connections: new Map() }
}

/** A fifth of each new measurement: a single slow answer moves nothing. */
const SMOOTHING = 0.2

/** A pass tells how long the real server takes; only where a weight follows the load. */
export function noteResponse(server: ServerState, { outcome, durationMs }: Observation): void {
  if (server.service.config.dynamicWeight === undefined) return
  if (outcome.outcome !== 'pass' && outcome.outcome !== 'degraded') return
  const { response } = server.load
  server.load.response =
    response === undefined ? durationMs : response + SMOOTHING * (durationMs - response)
}

/**
 * The load since the last call, from the kernels' counters over all directors. A counter that went
 * back belongs to a new row.
 */
export function measure(state: ControllerState, server: ServerState): Measured {
  let active = 0
  let fresh = 0
  for (const report of state.directors.values()) {
    const row = findRow(report, server)
    if (row === undefined) continue
    active += row.counts.active
    const { connections } = row.stats
    const before = server.load.connections.get(report.director)
    if (before !== undefined) fresh += connections >= before ? connections - before : connections
    server.load.connections.set(report.director, connections)
  }
  const { weight } = server.config
  const { response } = server.load
  return { capacity: weight, active, new: fresh, response, agent: agentLoad(server) }
}

/** What an agent does not leave of the weight. */
function agentLoad({ checks }: ServerState): number {
  let load = 0
  for (const check of checks) {
    if (check.spec.kind === 'agent') load = Math.max(load, 1 - Math.min(1, factorOf(check)))
  }
  return load
}
