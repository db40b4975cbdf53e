import type { Table, TableServer, TableService } from '../../shared/domain/table.ts'
import type { ServerState, ServiceState } from './state.ts'

/** The table that the present placements ask for. */
export function desiredTable(services: Iterable<ServiceState>): Table {
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
