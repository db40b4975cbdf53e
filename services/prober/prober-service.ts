import { type CheckSpec, formatCheckTarget, type ProbeId } from '../shared/domain/check-spec.ts'
import type { Cluster } from '../shared/domain/virtual-service.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { api, type CheckRun } from '../shared/wire/api.ts'
import { clusterRevisionMessage } from '../shared/wire/cluster-revision.ts'
import { apiSubject, bucketName } from '../shared/wire/subjects.ts'
import { createProber, type Prober, type ProberConfig, type ProberPorts } from './prober.ts'
import { findServers, takePush } from './take-push.ts'

/** A prober that follows the cluster file on the bus and runs checks when operators ask. */
export function createProberService(config: ProberConfig, ports: ProberPorts): Service {
  const prober = createProber(config, ports)
  const closers: (() => void)[] = []
  let cluster: Cluster | undefined
  return createService({
    async start() {
      const { bus } = ports
      await prober.start()
      const revisions = await bus.keyValue(bucketName(config.cluster, 'cluster-file'))
      closers.push(
        revisions.watch(({ key, value }) => {
          if (key !== 'current' || value === undefined) return
          cluster = clusterRevisionMessage.decode(value).cluster
          prober.setProbes(probesOf(cluster))
        }),
        bus.reply(apiSubject(config.cluster, 'check'), async (payload) => {
          const { target } = api.check.request.decode(payload)
          return api.check.response.encode({ runs: await runChecks(prober, cluster, target) })
        }),
        bus.reply(apiSubject(config.cluster, 'push'), async (payload) => {
          const request = api.push.request.decode(payload)
          return api.push.response.encode({ pushed: takePush(prober, cluster, request) })
        }),
      )
    },
    async stop() {
      for (const close of closers.splice(0)) close()
      await prober.stop()
    },
  })
}

/** Every probe once, however many services need it. */
function probesOf({ virtualServices }: Cluster): readonly CheckSpec[] {
  const probes = new Map<ProbeId, CheckSpec>()
  for (const { realServers } of virtualServices) {
    for (const { checks } of realServers) {
      for (const spec of checks) probes.set(spec.probe, merge(probes.get(spec.probe), spec))
    }
  }
  return [...probes.values()]
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

async function runChecks(
  prober: Prober,
  cluster: Cluster | undefined,
  target: string,
): Promise<CheckRun[]> {
  const runs = findServers(cluster, target).map(async ({ service, server }) =>
    (await prober.checkNow(server.checks)).map(({ spec, outcome, durationMs, transcript }) => ({
      service,
      server: server.name,
      label: spec.label,
      kind: spec.kind,
      target: formatCheckTarget(spec),
      outcome: outcome.outcome,
      ...(outcome.outcome !== 'pass' && { code: outcome.code }),
      ...(outcome.outcome === 'fail' && { layer: outcome.layer }),
      ...(outcome.outcome === 'degraded' && { factor: outcome.factor }),
      detail: outcome.detail,
      durationMs,
      transcript: [...transcript],
    })),
  )
  return (await Promise.all(runs)).flat()
}
