import { serverKey } from '../shared/domain/server-key.ts'
import type { CountedTable, TrafficStats } from '../shared/domain/table.ts'
import { formatServiceAddress } from '../shared/domain/virtual-service.ts'
import type { CounterMetric, LabelsOf, Metrics } from '../shared/runtime/metrics.ts'

/** What a kernel holds and counts, by the addresses in its table. */
export interface KernelMetrics {
  /** The table as it was read last. */
  told(services: CountedTable): void
}

type ServiceLabel = 'virtual_service'
type RowLabel = ServiceLabel | 'real_server'
interface Traffic<Label extends string> {
  reset(): void
  tell(place: LabelsOf<Label>, stats: TrafficStats): void
}

/** Makes the figures of a table; they are written out with each look, not with each report. */
export function createKernelMetrics(metrics: Metrics): KernelMetrics {
  const weight = metrics.gauge('lvs_warden_kernel_weight', {
    help: 'Weight of a real server in the kernel of this director.',
    labels: ['virtual_service', 'real_server'],
  })
  const connections = metrics.gauge('lvs_warden_kernel_connections', {
    help: 'Connections of a real server in the kernel of this director.',
    labels: ['virtual_service', 'real_server', 'state'],
  })
  const services = createServiceTraffic(metrics)
  const rows = createRowTraffic(metrics)
  let table: CountedTable = []
  metrics.onLook(() => {
    for (const one of [weight, connections, services, rows]) one.reset()
    for (const { address, stats, servers } of table) {
      const service = { virtual_service: formatServiceAddress(address) }
      services.tell(service, stats)
      for (const row of servers) {
        const place = { ...service, real_server: serverKey(row) }
        weight.set(place, row.weight)
        for (const state of ['active', 'inactive', 'persistent'] as const) {
          connections.set({ ...place, state }, row.counts[state])
        }
        rows.tell(place, row.stats)
      }
    }
  })
  return {
    told(now) {
      table = now
    },
  }
}

function createServiceTraffic(metrics: Metrics): Traffic<ServiceLabel> {
  const labels = ['virtual_service', 'direction'] as const
  const connections = metrics.counter('lvs_warden_kernel_service_connections_total', {
    help: 'Connections that clients opened to a virtual service.',
    labels: ['virtual_service'],
  })
  const packets = metrics.counter('lvs_warden_kernel_service_packets_total', {
    help: 'Packets of a virtual service that this director has passed on, from and to clients.',
    labels,
  })
  const bytes = metrics.counter('lvs_warden_kernel_service_bytes_total', {
    help: 'Bytes of a virtual service that this director has passed on, from and to clients.',
    labels,
  })
  return traffic<ServiceLabel>(connections, packets, bytes)
}

function createRowTraffic(metrics: Metrics): Traffic<RowLabel> {
  const labels = ['virtual_service', 'real_server', 'direction'] as const
  const connections = metrics.counter('lvs_warden_kernel_server_connections_total', {
    help: 'Connections of clients that went to a real server.',
    labels: ['virtual_service', 'real_server'],
  })
  const packets = metrics.counter('lvs_warden_kernel_server_packets_total', {
    help: 'Packets of a real server that this director has passed on, from and to clients.',
    labels,
  })
  const bytes = metrics.counter('lvs_warden_kernel_server_bytes_total', {
    help: 'Bytes of a real server that this director has passed on, from and to clients.',
    labels,
  })
  return traffic<RowLabel>(connections, packets, bytes)
}

function traffic<Label extends string>(
  connections: CounterMetric<Label>,
  packets: CounterMetric<Label | 'direction'>,
  bytes: CounterMetric<Label | 'direction'>,
): Traffic<Label> {
  return {
    reset() {
      for (const counter of [connections, packets, bytes]) counter.reset()
    },
    tell(place, stats) {
      connections.add(place, stats.connections)
      packets.add({ ...place, direction: 'in' }, stats.inPackets)
      packets.add({ ...place, direction: 'out' }, stats.outPackets)
      bytes.add({ ...place, direction: 'in' }, stats.inBytes)
      bytes.add({ ...place, direction: 'out' }, stats.outBytes)
    },
  }
}
