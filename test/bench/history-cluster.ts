import type { Outcome } from '../../probes/check.ts'
import { createHistorian } from '../../services/historian/historian.ts'
import type { MemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { VirtualService } from '../../services/shared/domain/virtual-service.ts'
import type { History } from '../../services/shared/ports/history.ts'
import type { Service } from '../../services/shared/runtime/service.ts'
import { encodeObservations } from '../../services/shared/wire/observation-frame.ts'
import { observationsSubject } from '../../services/shared/wire/subjects.ts'
import {
  buildCheck,
  buildObservation,
  buildServer,
  buildService,
} from '../support/cluster-builder.ts'
import { putRevision } from '../support/put-revision.ts'

/** Name of the cluster of these benchmarks. */
export const CLUSTER = 'bench'
const SERVICES = 10
const SERVERS_EACH = 100
/** A check each. */
export const PROBES = SERVICES * SERVERS_EACH

const PASS: Outcome = { outcome: 'pass', detail: '200 OK in 12 ms' }
/** A real server that answers no more. */
export const FAIL: Outcome = {
  outcome: 'fail',
  layer: 'connect',
  code: 'connect.refused',
  detail: 'want a connection, got refused',
}

/** 1,000 real servers with a check each. */
export function buildServices(): readonly VirtualService[] {
  return Array.from({ length: SERVICES }, (_, index) =>
    buildService({
      name: `web${index}`,
      address: {
        type: 'address',
        protocol: 'tcp',
        family: 4,
        address: '192.0.2.10',
        port: 1000 + index,
      },
      realServers: Array.from({ length: SERVERS_EACH }, (_, host) => {
        const address = `10.${index}.0.${host + 1}`
        const target = { address, family: 4, port: 80 } as const
        const checks = [buildCheck({ label: 'http', target, rise: 1, fall: 1 })]
        return buildServer({ name: `web${index}-${host}`, address, checks })
      }),
    }),
  )
}

/** A frame of observations of the probes from `first` on at `at`; the first has this outcome. */
export function frameOf(
  services: readonly VirtualService[],
  first: number,
  count: number,
  outcome: Outcome = PASS,
  at = Date.now(),
): Uint8Array {
  const probes = services.flatMap(({ realServers }) => realServers.flatMap(({ checks }) => checks))
  const observations = Array.from({ length: count }, (_, index) => {
    const spec = probes[(first + index) % probes.length]
    if (spec === undefined) throw new Error('no probe')
    // No two runs of a check are at one moment: a point stands for each.
    return buildObservation(spec.probe, index === 0 ? outcome : PASS, at + index / 1000)
  })
  return encodeObservations({ prober: 'p1', vantage: 'here', observations })
}

/** Where frames go. */
export const FRAMES = observationsSubject(CLUSTER, 'p1')

/** Starts a historian on a bus that knows the cluster. */
export async function startHistorian(
  bus: MemoryBus,
  services: readonly VirtualService[],
  history: History,
): Promise<Service> {
  await putRevision(bus, { name: CLUSTER, virtualServices: services })
  const clock = createSystemClock()
  const historian = createHistorian({ cluster: CLUSTER, name: 'h1' }, { bus, clock, history })
  await historian.start()
  await bus.settled()
  return historian
}
