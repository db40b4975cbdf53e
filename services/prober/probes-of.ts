import type { CheckSpec, ProbeId } from '../shared/domain/check-spec.ts'
import type { Cluster, VirtualService } from '../shared/domain/virtual-service.ts'

/** Whether a service wants to be looked at from a vantage. */
export function isLookedAtFrom({ probeFrom }: VirtualService, vantage: string): boolean {
  return probeFrom?.vantages?.includes(vantage) ?? true
}

/** Every probe that is to be run from a vantage, once, however many services need it. */
export function probesOf(cluster: Cluster, vantage: string): ReadonlyMap<ProbeId, CheckSpec> {
  const probes = new Map<ProbeId, CheckSpec>()
  for (const service of cluster.virtualServices) {
    if (!isLookedAtFrom(service, vantage)) continue
    for (const { checks } of service.realServers) {
      for (const spec of checks) probes.set(spec.probe, merge(probes.get(spec.probe), spec))
    }
  }
  return probes
}

/** The probe settles only when the most patient of its readers has. */
function merge(known: CheckSpec | undefined, spec: CheckSpec): CheckSpec {
  if (known === undefined) return spec
  return {
    ...spec,
    rise: Math.max(known.rise, spec.rise),
    fall: Math.max(known.fall, spec.fall),
    jitter: Math.max(known.jitter, spec.jitter),
    tripwire: known.tripwire || spec.tripwire,
  }
}
