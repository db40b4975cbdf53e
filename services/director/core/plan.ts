import { serverKey } from '../../shared/domain/server-key.ts'
import type {
  Change,
  CountedService,
  CountedTable,
  Table,
  TableService,
  TableServiceHead,
} from '../../shared/domain/table.ts'
import { headDifferences, serverDifferences } from '../../shared/domain/table-difference.ts'
import { type ServiceKey, serviceKey } from '../../shared/domain/virtual-service.ts'

/**
 * The steps from the actual table to the desired one, in an order that never leaves a service with
 * less than it has before or after: a service before its rows, rows added and weights raised before
 * others are lowered or removed, whole services removed last. Services that are neither desired nor
 * owned are left alone. A service is edited in place, never removed and added again, because its
 * connections and persistence templates would be lost. Equal tables give no steps at all.
 *
 * Within a desired service address and port of the rows are unique, as the cluster file sees to.
 */
export function plan(
  desired: Table,
  actual: CountedTable,
  owned: ReadonlySet<ServiceKey>,
): readonly Change[] {
  const found = new Map(actual.map((service) => [serviceKey(service.address), service]))
  const changes: Change[] = []
  const wanted = new Set<ServiceKey>()
  for (const service of desired) {
    const key = serviceKey(service.address)
    wanted.add(key)
    planService(service, found.get(key), changes)
  }
  for (const [key, service] of found) {
    if (owned.has(key) && !wanted.has(key)) {
      changes.push({ type: 'remove-service', service: service.address })
    }
  }
  return changes
}

function planService(
  want: TableService,
  found: CountedService | undefined,
  changes: Change[],
): void {
  if (found === undefined) changes.push({ type: 'add-service', service: headOf(want) })
  else if (headDifferences(want, found).length > 0) {
    changes.push({ type: 'edit-service', service: headOf(want) })
  }
  const service = want.address
  const rows = new Map(found?.servers.map((server) => [serverKey(server), server]))
  const lowered: Change[] = []
  for (const server of want.servers) {
    const key = serverKey(server)
    const row = rows.get(key)
    rows.delete(key)
    if (row === undefined) changes.push({ type: 'add-server', service, server })
    else if (serverDifferences(server, row).length > 0) {
      const edits = server.weight < row.weight ? lowered : changes
      edits.push({ type: 'edit-server', service, server: server })
    }
  }
  for (const change of lowered) changes.push(change)
  for (const { address, port } of rows.values()) {
    changes.push({ type: 'remove-server', service, server: { address, port } })
  }
}

function headOf({ servers: _, ...head }: TableService): TableServiceHead {
  return head
}
