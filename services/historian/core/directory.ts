import type { ProbeId } from '../../shared/domain/check-spec.ts'
import { serverKey } from '../../shared/domain/server-key.ts'
import { type Cluster, type ServiceKey, serviceKey } from '../../shared/domain/virtual-service.ts'

/** One use of a probe: a check of a real server in a service. */
export interface CheckName {
  readonly service: string
  readonly server: string
  readonly check: string
}

/** A virtual service as a kernel's table shows it, by the names of the cluster file. */
export interface ServiceNames {
  readonly name: string
  /** Names of real servers by `address:port`. */
  readonly servers: ReadonlyMap<string, string>
}

/**
 * Names of everything the cluster file has; messages carry identities. What has no name here is not
 * ours, so the number of series is bounded by the file.
 */
export interface Directory {
  checks(probe: ProbeId): readonly CheckName[]
  service(key: ServiceKey): ServiceNames | undefined
}

const NONE: readonly CheckName[] = []

/** A directory in which nothing has a name yet. */
export const emptyDirectory: Directory = { checks: () => NONE, service: () => undefined }

/** Makes the directory of one revision of the cluster file. */
export function createDirectory(cluster: Pick<Cluster, 'virtualServices'>): Directory {
  const checks = new Map<ProbeId, CheckName[]>()
  const services = new Map<ServiceKey, ServiceNames>()
  for (const { name, address, realServers } of cluster.virtualServices) {
    const servers = new Map<string, string>()
    for (const server of realServers) {
      servers.set(serverKey(server), server.name)
      for (const { probe, label } of server.checks) {
        const uses = checks.get(probe) ?? []
        uses.push({ service: name, server: server.name, check: label })
        checks.set(probe, uses)
      }
    }
    services.set(serviceKey(address), { name, servers })
  }
  return {
    checks: (probe) => checks.get(probe) ?? NONE,
    service: (key) => services.get(key),
  }
}
