import type { Cluster, RealServer, VirtualService } from '../shared/domain/virtual-service.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'

/** A real server in one of its services. */
export interface Found {
  readonly service: VirtualService
  readonly server: RealServer
}

/** Reads `web1` or `web/web1`. Throws a `ServiceError` `api.unknown-target` when there is none. */
export function findServers(cluster: Cluster | undefined, target: string): readonly Found[] {
  const found = (cluster?.virtualServices ?? []).flatMap((service) =>
    service.realServers
      .filter(({ name }) => target === name || target === `${service.name}/${name}`)
      .map((server) => ({ service, server })),
  )
  if (found.length > 0) return found
  const message = `no real server is called ${target}: lvsctl status lists them all`
  throw new ServiceError('api.unknown-target', message)
}
