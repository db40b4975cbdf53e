import { parseIpAddress } from '../../services/shared/domain/ip-address.ts'
import { schedulerFlagBits } from '../../services/shared/domain/scheduler-flags.ts'
import { serverKey } from '../../services/shared/domain/server-key.ts'
import type {
  Change,
  CountedTable,
  Table,
  TableServer,
  TableService,
  TableServiceHead,
} from '../../services/shared/domain/table.ts'
import {
  type Protocol,
  type ServiceAddress,
  serviceKey,
} from '../../services/shared/domain/virtual-service.ts'

/** `tcp 192.0.2.10 80` as a service's address. */
export function at(protocol: Protocol, address: string, port: number): ServiceAddress {
  const family = parseIpAddress(address)?.family ?? 4
  return { type: 'address', protocol, family, address, port }
}

/** A service with the plainest settings, and what is said otherwise. */
export function head(
  address: ServiceAddress,
  settings: Partial<TableServiceHead> = {},
): TableServiceHead {
  return { address, scheduler: 'wlc', schedulerFlags: [], onePacket: false, ...settings }
}

/** A row with the plainest settings, and what is said otherwise. */
export function row(
  address: string,
  port: number,
  settings: Partial<TableServer> = {},
): TableServer {
  const plain = {
    forwarding: 'masquerade',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
  } as const
  return { address, port, ...plain, ...settings }
}

/** The changes that build a table from nothing. */
export function building(table: Table): Change[] {
  return table.flatMap(({ servers, ...service }): Change[] => [
    { type: 'add-service', service },
    ...servers.map(
      (server): Change => ({
        type: 'add-server',
        service: service.address,
        server,
      }),
    ),
  ])
}

/** A table without counters, in one order and one spelling, for comparing. */
export function plain(table: Table | CountedTable): readonly TableService[] {
  const services = table.map(plainService)
  return services.sort((a, b) => order(serviceKey(a.address), serviceKey(b.address)))
}

function plainService(service: TableService): TableService {
  const { address, scheduler, schedulerFlags, onePacket, persistence, servers } = service
  const bits = schedulerFlagBits(schedulerFlags)
  const flags = (['flag-1', 'flag-2', 'flag-3'] as const).filter((_, bit) => bits & (1 << bit))
  return {
    ...{ address, scheduler, schedulerFlags: flags, onePacket },
    ...(persistence === undefined ? {} : { persistence }),
    servers: servers.map(plainServer).sort((a, b) => order(serverKey(a), serverKey(b))),
  }
}

function plainServer(server: TableServer): TableServer {
  const { address, port, forwarding, tunnel, weight, upperThreshold, lowerThreshold } = server
  return {
    ...{ address, port, forwarding, weight, upperThreshold, lowerThreshold },
    ...(forwarding === 'tunnel' ? { tunnel: tunnel ?? { type: 'ipip' } } : {}),
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
