import { suggestKey } from '../../shared/domain/nearest-key.ts'
import { parseTarget } from '../../shared/domain/server-target.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { RealServerStatus, Status } from '../../shared/wire/status.ts'
import type { RollingOptions } from './rolling-options.ts'

const ZONE = 'zone:'

/** A real server in one of the services that it is to leave. */
export interface Place {
  readonly service: string
  readonly server: RealServerStatus
}

/**
 * Who is to be gone through, each once, in the order of the cluster file. Throws
 * `api.unknown-target` for what is not there.
 */
export function poolOf(
  status: Status,
  { targets, pools }: Pick<RollingOptions, 'targets' | 'pools'>,
): readonly string[] {
  const found = new Set<string>()
  for (const pool of pools) {
    const service = status.services.find(({ name }) => name === pool)
    const names = status.services.map(({ name }) => name)
    if (service === undefined) throw unknown('virtual service', pool, names)
    for (const { name } of service.realServers) found.add(name)
  }
  const all = status.services.flatMap(({ realServers }) => realServers)
  for (const target of targets) {
    if (target.startsWith(ZONE)) {
      const zone = target.slice(ZONE.length)
      const own = all.filter((server) => server.zone === zone)
      if (own.length === 0) throw unknown('zone', zone, zonesOf(all))
      for (const { name } of own) found.add(name)
    } else {
      if (placesOf(status, target).length === 0) {
        throw unknown('real server', target, namesOf(status))
      }
      found.add(target)
    }
  }
  return [...found]
}

/** Where a target is, as `web1` in all its services, as `web/web1` in one. */
export function placesOf({ services }: Status, target: string): readonly Place[] {
  const wanted = parseTarget(target)
  return services
    .filter(({ name }) => wanted.service === undefined || wanted.service === name)
    .flatMap(({ name: service, realServers }) =>
      realServers
        .filter(({ name }) => name === wanted.server)
        .map((server) => ({ service, server })),
    )
}

function zonesOf(all: readonly RealServerStatus[]): readonly string[] {
  return all.flatMap(({ zone }) => zone ?? [])
}

function namesOf({ services }: Status): readonly string[] {
  return services.flatMap(({ realServers }) => realServers.map(({ name }) => name))
}

function unknown(what: string, name: string, known: readonly string[]): ServiceError {
  const message = `no ${what} is called ${name}${suggestKey(name, known)}`
  return new ServiceError('api.unknown-target', message)
}
