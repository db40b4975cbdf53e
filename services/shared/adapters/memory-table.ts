import { NO_CONNECTIONS, NO_TRAFFIC } from '../domain/no-traffic.ts'
import { serverKey } from '../domain/server-key.ts'
import type {
  Change,
  ConnectionCounts,
  CountedServer,
  CountedTable,
  Table,
  TableServer,
  TableServiceHead,
  TrafficStats,
} from '../domain/table.ts'
import {
  SCHEDULERS,
  type ServiceAddress,
  type ServiceKey,
  serviceKey,
} from '../domain/virtual-service.ts'
import type { IpvsTable } from '../ports/ipvs-table.ts'
import { changeFailure } from './change-failure.ts'

/** A table for machines without IPVS and for tests, with counters that can be set. */
export interface MemoryTable extends IpvsTable {
  /**
   * Sets connection counters of a row, as clients would; throws a `RangeError` when it is not
   * there.
   */
  setCounts(
    service: ServiceAddress,
    server: Pick<TableServer, 'address' | 'port'>,
    counts: Partial<ConnectionCounts>,
  ): void
  /** Sets traffic statistics of a row; throws a `RangeError` when it is not there. */
  setStats(
    service: ServiceAddress,
    server: Pick<TableServer, 'address' | 'port'>,
    stats: Partial<TrafficStats>,
  ): void
}

interface Held {
  head: TableServiceHead
  readonly servers: Map<string, CountedServer>
}

type Rows = Map<ServiceKey, Held>

/** A working table in memory that refuses what the kernel refuses, with the kernel's codes. */
export function createMemoryTable(initial: Table = []): MemoryTable {
  const rows: Rows = new Map()
  for (const { servers, ...head } of initial) {
    const held: Held = { head, servers: new Map() }
    rows.set(serviceKey(head.address), held)
    for (const server of servers) held.servers.set(serverKey(server), counted(server))
  }

  function update(
    service: ServiceAddress,
    server: Pick<TableServer, 'address' | 'port'>,
    change: (row: CountedServer) => CountedServer,
  ): void {
    const servers = rows.get(serviceKey(service))?.servers
    const row = servers?.get(serverKey(server))
    if (servers === undefined || row === undefined) {
      throw new RangeError(`no real server ${serverKey(server)} in ${serviceKey(service)}`)
    }
    servers.set(serverKey(server), change(row))
  }

  return {
    name: 'memory',
    async describe() {
      return {}
    },
    async read() {
      return readRows(rows)
    },
    async apply(changes) {
      return changes.flatMap((change) => {
        const code = applyChange(rows, change)
        return code === undefined ? [] : [changeFailure(change, code)]
      })
    },
    close() {},
    setCounts(service, server, counts) {
      update(service, server, (row) => ({ ...row, counts: { ...row.counts, ...counts } }))
    },
    setStats(service, server, stats) {
      update(service, server, (row) => ({ ...row, stats: { ...row.stats, ...stats } }))
    },
  }
}

function readRows(rows: Rows): CountedTable {
  return [...rows.values()].map(({ head, servers }) => ({
    ...head,
    stats: NO_TRAFFIC,
    servers: [...servers.values()],
  }))
}

/** Applies one change, or says why not: the order of these tests is the kernel's (ip_vs_ctl.c). */
function applyChange(rows: Rows, change: Change): string | undefined {
  switch (change.type) {
    case 'add-service':
    case 'edit-service':
      return putService(rows, change.service, change.type === 'add-service')
    case 'remove-service':
      return rows.delete(serviceKey(change.service)) ? undefined : 'ESRCH'
    case 'add-server':
    case 'edit-server':
      return putServer(rows, change.service, change.server, change.type === 'add-server')
    case 'remove-server': {
      const servers = rows.get(serviceKey(change.service))?.servers
      if (servers === undefined) return 'ESRCH'
      return servers.delete(serverKey(change.server)) ? undefined : 'ENOENT'
    }
  }
}

function putService(rows: Rows, head: TableServiceHead, isNew: boolean): string | undefined {
  const key = serviceKey(head.address)
  const held = rows.get(key)
  if (isNew && held !== undefined) return 'EEXIST'
  if (!isNew && held === undefined) return 'ESRCH'
  if (!SCHEDULERS.some((known) => known === head.scheduler)) return 'ENOENT'
  if (held === undefined) rows.set(key, { head, servers: new Map() })
  else held.head = head
  return undefined
}

function putServer(
  rows: Rows,
  service: ServiceAddress,
  server: TableServer,
  isNew: boolean,
): string | undefined {
  const servers = rows.get(serviceKey(service))?.servers
  if (servers === undefined) return 'ESRCH'
  const family = server.address.includes(':') ? 6 : 4
  if (family !== service.family && server.forwarding !== 'tunnel') return 'EINVAL'
  if (server.weight < 0 || server.lowerThreshold > server.upperThreshold) return 'ERANGE'
  const key = serverKey(server)
  const row = servers.get(key)
  if (isNew && row !== undefined) return 'EEXIST'
  if (!isNew && row === undefined) return 'ENOENT'
  servers.set(key, counted(server, row))
  return undefined
}

/** Only what a row is; a caller may hand over a row with counters. */
function counted(server: TableServer, before?: CountedServer): CountedServer {
  const { address, port, forwarding, tunnel, weight, upperThreshold, lowerThreshold } = server
  return {
    ...{ address, port, forwarding, weight, upperThreshold, lowerThreshold },
    ...(tunnel === undefined ? {} : { tunnel }),
    counts: before?.counts ?? NO_CONNECTIONS,
    stats: before?.stats ?? NO_TRAFFIC,
  }
}
