import type { DirectorReport } from '../../services/shared/domain/director-report.ts'
import { NO_CONNECTIONS } from '../../services/shared/domain/no-traffic.ts'
import type { ConnectionCounts, Table, TableServer } from '../../services/shared/domain/table.ts'
import { serviceKey, type VirtualService } from '../../services/shared/domain/virtual-service.ts'
import { buildReport, countTable } from './cluster-builder.ts'
import { last, type Options } from './scenario-config.ts'

/** A director beside `lb1`: what it holds, and whether it speaks. */
export interface OtherDirector {
  table: Table
  epoch: number
  generation: number
  /** It has reported once and goes on doing so; what is published reaches it. */
  isReporting: boolean
  readonly connections: Map<string, ConnectionCounts>
}

/** A director that holds nothing and has not said anything yet. */
export function newDirector(): OtherDirector {
  return { table: [], epoch: 0, generation: 0, isReporting: false, connections: new Map() }
}

/** What a director says that holds this. */
export function reportOf(
  director: string,
  held: Omit<OtherDirector, 'isReporting'>,
  config: Iterable<VirtualService>,
  at: number,
): DirectorReport {
  const { table, epoch, generation, connections } = held
  const servers = [...config].flatMap(({ realServers }) => realServers)
  const services = countTable(table, (address) => {
    const name = servers.find((server) => server.address === address)?.name ?? ''
    return connections.get(name) ?? NO_CONNECTIONS
  })
  return buildReport({ director, at, epoch, generation, services })
}

/** `NAME=WEIGHT… [sorry=WEIGHT]`: a table in which one service has these rows. */
export function tableWith(before: Table, service: VirtualService, options: Options): Table {
  const { sorryServer, realServers, ...head } = service
  const servers: TableServer[] = realServers.flatMap((server) => {
    const weight = last(options, server.name)
    return weight === undefined ? [] : [{ ...server, weight: Number(weight) }]
  })
  const sorry = last(options, 'sorry')
  if (sorryServer !== undefined && sorry !== undefined) {
    servers.push({ ...sorryServer, weight: Number(sorry), upperThreshold: 0, lowerThreshold: 0 })
  }
  const key = serviceKey(head.address)
  const others = before.filter(({ address }) => serviceKey(address) !== key)
  return [...others, { ...head, servers }]
}

/** `active= inactive= persistent=`, the same for each of these real servers. */
export function countOn(
  connections: Map<string, ConnectionCounts>,
  servers: readonly string[],
  options: Options,
): void {
  for (const server of servers) {
    connections.set(server, {
      active: Number(last(options, 'active') ?? 0),
      inactive: Number(last(options, 'inactive') ?? 0),
      persistent: Number(last(options, 'persistent') ?? 0),
    })
  }
}
