import type { CountedServer } from '../../../shared/domain/table.ts'
import { candidateOf } from '../candidate-of.ts'
import { findRow } from '../hear-director.ts'
import type { ControllerState, ServerState, ServiceState } from '../state.ts'
import { type Projection, project, type ServerLoad } from './project.ts'

/** Whether the rest would carry it, for every service that loses one of these. */
export function projectServices(
  state: ControllerState,
  leaving: ReadonlySet<ServerState>,
): ReadonlyMap<ServiceState, Projection> {
  const services = new Set(Array.from(leaving, ({ service }) => service))
  return new Map(
    Array.from(services, (service) => [
      service,
      project(
        service.config,
        service.servers.map((server) => loadOf(state, server, leaving.has(server))),
      ),
    ]),
  )
}

/** What the kernels count of one real server. */
export function loadOf(state: ControllerState, server: ServerState, leaves: boolean): ServerLoad {
  const rows = rowsOf(state, server)
  return {
    name: server.config.name,
    candidate: candidateOf(state, server),
    leaves,
    active: rows.reduce((sum, { counts }) => sum + counts.active, 0),
    rate: rows.reduce((sum, { stats }) => sum + stats.connectionRate, 0),
    upperThreshold: server.config.upperThreshold,
  }
}

function rowsOf(state: ControllerState, server: ServerState): readonly CountedServer[] {
  return Array.from(state.directors.values(), (report) => findRow(report, server)).filter(
    (row) => row !== undefined,
  )
}
