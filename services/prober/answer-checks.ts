import { formatCheckTarget } from '../shared/domain/check-spec.ts'
import type { VirtualService } from '../shared/domain/virtual-service.ts'
import type { Bus } from '../shared/ports/bus.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { api, type CheckRequest, type CheckRun } from '../shared/wire/api.ts'
import { checkFromSubject } from '../shared/wire/subjects.ts'
import { findServers } from './find-servers.ts'
import type { ProberConfig } from './prober.ts'
import { isLookedAtFrom } from './probes-of.ts'
import type { ShareKeeper } from './share-keeper.ts'

/** The other prober may wait for a whole timeout of each check. */
const FORWARD_TIMEOUT_MS = 110_000

/**
 * Runs the checks that an operator asks for, or has a prober of the right vantage run them: the one
 * that is asked for, else our own where the service is looked at from there, else one where it is.
 * Throws a `ServiceError`: `api.unknown-target`, or `api.no-prober` when nobody looks from there.
 */
export async function answerCheck(
  { name, vantage, cluster: clusterName }: ProberConfig,
  bus: Bus,
  keeper: ShareKeeper,
  request: CheckRequest,
): Promise<CheckRun[]> {
  const { target, from } = request
  const wanted = new Map<string, string[]>()
  for (const { service, server } of findServers(keeper.cluster, target)) {
    const place = from ?? placeFor(service, vantage, keeper)
    wanted.set(place, [...(wanted.get(place) ?? []), `${service.name}/${server.name}`])
  }
  const runs = Array.from(wanted, async ([place, targets]) => {
    if (place === vantage) return runChecks(name, vantage, keeper, targets)
    const answers = targets.map(async (one) => {
      const payload = api.check.request.encode({ target: one, from: place })
      const reply = await forward(bus, clusterName, place, payload, keeper)
      return api.check.response.decode(reply).runs
    })
    return (await Promise.all(answers)).flat()
  })
  return (await Promise.all(runs)).flat()
}

/** Runs the checks of these `service/server` here and now. */
export async function runChecks(
  prober: string,
  vantage: string,
  keeper: ShareKeeper,
  targets: readonly string[],
): Promise<CheckRun[]> {
  const found = targets.flatMap((target) => findServers(keeper.cluster, target))
  const runs = found.map(async ({ service, server }) =>
    (await keeper.prober.checkNow(server.checks)).map(
      ({ spec, outcome, durationMs, transcript }): CheckRun => ({
        service: service.name,
        server: server.name,
        label: spec.label,
        kind: spec.kind,
        target: formatCheckTarget(spec),
        prober,
        vantage,
        outcome: outcome.outcome,
        ...(outcome.outcome !== 'pass' && { code: outcome.code }),
        ...(outcome.outcome === 'fail' && { layer: outcome.layer }),
        ...(outcome.outcome === 'degraded' && { factor: outcome.factor }),
        detail: outcome.detail,
        durationMs,
        transcript: [...transcript],
      }),
    ),
  )
  return (await Promise.all(runs)).flat()
}

function placeFor(service: VirtualService, vantage: string, keeper: ShareKeeper): string {
  if (isLookedAtFrom(service, vantage)) return vantage
  const places = service.probeFrom?.vantages ?? []
  return places.find((place) => keeper.vantages.has(place)) ?? places[0] ?? vantage
}

async function forward(
  bus: Bus,
  cluster: string,
  vantage: string,
  payload: Uint8Array,
  keeper: ShareKeeper,
): Promise<Uint8Array> {
  try {
    return await bus.request(checkFromSubject(cluster, vantage), payload, FORWARD_TIMEOUT_MS)
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'bus.no-responder') throw error
    const others = [...keeper.vantages].sort().join(', ')
    const message = `no prober looks from vantage ${vantage}; there are probers in: ${others}`
    throw new ServiceError('api.no-prober', message, { cause: error, retryable: true })
  }
}
