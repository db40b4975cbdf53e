import type { Table, TableServer, TableService } from '../../shared/domain/table.ts'
import type { Command } from './command.ts'
import { directorsOf } from './directors.ts'
import type { ControllerState, ServerState, ServiceState } from './state.ts'

/** The newest table for every director that is sent tables; equal tables go out together. */
export function publishTables(state: ControllerState): readonly Command[] {
  const { generation } = state
  return groups(state).map(({ directors, services }) => ({
    type: 'publish-table',
    directors,
    generation,
    services: desiredTable(services),
  }))
}

/** The table that one director is to hold. */
export function tableFor(state: ControllerState, director: string): Table {
  return desiredTable(servicesOn(state, director))
}

interface Group {
  readonly directors: string[]
  readonly services: readonly ServiceState[]
}

function groups(state: ControllerState): readonly Group[] {
  const known = new Map<string, Group>()
  for (const director of state.adopted) {
    const services = servicesOn(state, director)
    const key = services.map(({ config }) => config.name).join(' ')
    const group = known.get(key)
    if (group === undefined) known.set(key, { directors: [director], services })
    else group.directors.push(director)
  }
  return [...known.values()]
}

function servicesOn(state: ControllerState, director: string): readonly ServiceState[] {
  const all = [...state.services.values()]
  return all.filter((service) => directorsOf(state, service).includes(director))
}

function desiredTable(services: Iterable<ServiceState>): Table {
  return Array.from(services, (service) => {
    service.table ??= desiredService(service)
    return service.table
  })
}

function desiredService(service: ServiceState): TableService {
  const { address, scheduler, schedulerFlags, onePacket, persistence, sorryServer } = service.config
  const servers: TableServer[] = []
  for (const server of service.servers) {
    server.row ??= desiredRow(server)
    if (server.row !== null) servers.push(server.row)
  }
  if (service.sorry && sorryServer !== undefined) {
    servers.push({
      ...sorryServer,
      weight: service.sorryWeight,
      upperThreshold: 0,
      lowerThreshold: 0,
    })
  }
  return {
    address,
    scheduler,
    schedulerFlags,
    onePacket,
    ...(persistence && { persistence }),
    servers,
  }
}

function desiredRow(server: ServerState): TableServer | null {
  const { weight } = server.placement
  if (weight === null) return null
  const { address, port, forwarding, tunnel, upperThreshold, lowerThreshold } = server.config
  return {
    address,
    port,
    forwarding,
    ...(tunnel && { tunnel }),
    weight,
    upperThreshold,
    lowerThreshold,
  }
}
