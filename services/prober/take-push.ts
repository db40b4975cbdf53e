import type { Cluster, RealServer } from '../shared/domain/virtual-service.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { Pushes, PushRequest } from '../shared/wire/api.ts'
import type { Prober } from './prober.ts'

/** A real server in one of its services. */
export interface Found {
  readonly service: string
  readonly server: RealServer
}

/** Reads `web1` or `web/web1`. Throws a `ServiceError` `api.unknown-target` when there is none. */
export function findServers(cluster: Cluster | undefined, target: string): readonly Found[] {
  const found = (cluster?.virtualServices ?? []).flatMap((service) =>
    service.realServers
      .filter(({ name }) => target === name || target === `${service.name}/${name}`)
      .map((server) => ({ service: service.name, server })),
  )
  if (found.length > 0) return found
  const message = `no real server is called ${target}: lvsctl status lists them all`
  throw new ServiceError('api.unknown-target', message)
}

/** Hands a word on to the push checks that it is for; refused when there are none. */
export function takePush(
  prober: Prober,
  cluster: Cluster | undefined,
  { target, state, message }: PushRequest,
): Pushes['pushed'] {
  const pushed = findServers(cluster, target).flatMap(({ service, server }) =>
    server.checks
      .filter(({ kind, probe }) => kind === 'push' && prober.push(probe, state, message))
      .map(({ label }) => ({ service, server: server.name, label })),
  )
  if (pushed.length > 0) return pushed
  const advice = 'give it one in the cluster file: checks: [{ type: push }]'
  throw new ServiceError('api.refused', `${target} has no check of type push; ${advice}`)
}
