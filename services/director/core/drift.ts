import type { Drift } from '../../shared/domain/drift.ts'
import { serverKey } from '../../shared/domain/server-key.ts'
import type {
  CountedService,
  CountedTable,
  Table,
  TableServer,
  TableService,
} from '../../shared/domain/table.ts'
import {
  type Difference,
  headDifferences,
  serverDifferences,
} from '../../shared/domain/table-difference.ts'
import {
  formatServiceAddress,
  type ServiceAddress,
  type ServiceKey,
  serviceKey,
} from '../../shared/domain/virtual-service.ts'

/**
 * What somebody else changed since we last applied: in services that we put there, and owned ones
 * that appeared. Services that are neither ours nor owned are nobody's drift.
 */
export function drift(
  lastApplied: Table,
  actual: CountedTable,
  owned: ReadonlySet<ServiceKey>,
): readonly Drift[] {
  const found = new Map(actual.map((service) => [serviceKey(service.address), service]))
  const drifts: Drift[] = []
  for (const service of lastApplied) {
    const key = serviceKey(service.address)
    const now = found.get(key)
    found.delete(key)
    if (now === undefined) drifts.push(told(service.address, gone))
    else driftOfService(service, now, drifts)
  }
  for (const [key, service] of found) {
    if (owned.has(key)) drifts.push(told(service.address, appeared))
  }
  return drifts
}

const gone: Difference = { what: 'missing', was: 'present', now: 'absent' }
const appeared: Difference = { what: 'unexpected', was: 'absent', now: 'present' }

function driftOfService(was: TableService, now: CountedService, drifts: Drift[]): void {
  for (const one of headDifferences(was, now)) drifts.push(told(was.address, one))
  const rows = new Map(now.servers.map((server) => [serverKey(server), server]))
  for (const server of was.servers) {
    const key = serverKey(server)
    const row = rows.get(key)
    rows.delete(key)
    if (row === undefined) drifts.push(told(was.address, gone, server))
    else {
      for (const one of serverDifferences(server, row)) drifts.push(told(was.address, one, server))
    }
  }
  for (const row of rows.values()) drifts.push(told(was.address, appeared, row))
}

function told(
  address: ServiceAddress,
  difference: Difference,
  server?: Pick<TableServer, 'address' | 'port'>,
): Drift {
  const service = serviceKey(address)
  const name = formatServiceAddress(address)
  if (server === undefined) {
    return { service, ...difference, message: story(`virtual service ${name}`, difference) }
  }
  const row = serverKey(server)
  const whose = `real server ${row} of ${name}`
  return { service, server: row, ...difference, message: story(whose, difference) }
}

function story(whose: string, { what, was, now }: Difference): string {
  if (what === 'missing') return `${whose} was removed by somebody else`
  if (what === 'unexpected') return `${whose} was added by somebody else`
  return `${whose}: ${what} was ${was} and somebody else made it ${now}`
}
