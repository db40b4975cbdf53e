import type { Cluster } from '../shared/domain/virtual-service.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { Pushes, PushRequest } from '../shared/wire/api.ts'
import { findServers } from './find-servers.ts'
import type { Prober } from './prober.ts'

/** The push checks that a word is for; refused when there are none. */
export function pushChecksOf(
  cluster: Cluster | undefined,
  target: string,
): readonly (Pushes['pushed'][number] & { readonly probe: PushedProbe })[] {
  const found = findServers(cluster, target).flatMap(({ service, server }) =>
    server.checks
      .filter(({ kind }) => kind === 'push')
      .map(({ label, probe }) => ({ service: service.name, server: server.name, label, probe })),
  )
  if (found.length > 0) return found
  const advice = 'give it one in the cluster file: checks: [{ type: push }]'
  throw new ServiceError('api.refused', `${target} has no check of type push; ${advice}`)
}

type PushedProbe = Parameters<Prober['push']>[0]

/** Takes a word down for the push checks that it is for; who runs one looks at it at once. */
export function takePush(
  prober: Prober,
  cluster: Cluster | undefined,
  { target, state, message }: PushRequest,
): void {
  for (const { probe } of pushChecksOf(cluster, target)) prober.push(probe, state, message)
}
