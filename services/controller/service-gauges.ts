import { serverKey } from '../shared/domain/server-key.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import type { RealServerStatus, ServiceStatus } from '../shared/wire/status.ts'
import type { Gauges } from './gauges.ts'

/** One virtual service: what of it serves, and what keeps it up. */
export function createServiceGauges(metrics: Metrics): Gauges<ServiceStatus> {
  const labels = ['service'] as const
  const weight = metrics.gauge('lvs_warden_virtual_service_weight', {
    help: 'Effective weight of all real servers of a virtual service together.',
    labels,
  })
  const configured = metrics.gauge('lvs_warden_virtual_service_configured_weight', {
    help: 'Configured weight of all real servers of a virtual service together.',
    labels,
  })
  const sorry = metrics.gauge('lvs_warden_virtual_service_sorry', {
    help: '1 while the sorry server serves, else 0.',
    labels,
  })
  const guards = metrics.gauge('lvs_warden_virtual_service_guards', {
    help: 'Guards that act on a virtual service now.',
    labels,
  })
  const panic = metrics.gauge('lvs_warden_virtual_service_panic', {
    help: '1 while the panic threshold keeps failed real servers in, else 0.',
    labels,
  })
  const sum = (servers: readonly RealServerStatus[], kind: 'effective' | 'configured') =>
    servers.reduce((total, server) => total + server.weight[kind], 0)
  return {
    forget() {
      for (const gauge of [weight, configured, sorry, guards, panic]) gauge.reset()
    },
    tell(status) {
      const { name: service, realServers } = status
      weight.set({ service }, sum(realServers, 'effective'))
      configured.set({ service }, sum(realServers, 'configured'))
      sorry.set({ service }, status.sorryServer?.serving === true ? 1 : 0)
      guards.set({ service }, status.guards?.length ?? 0)
      panic.set({ service }, status.panic ? 1 : 0)
    },
  }
}

/** One real server in a service. */
export function createServerGauges(
  metrics: Metrics,
): Gauges<{ readonly service: ServiceStatus; readonly server: RealServerStatus }> {
  const labels = ['service', 'server'] as const
  const up = metrics.gauge('lvs_warden_real_server_up', {
    help: '1 for up and 0 for down by the checks, whatever operators want; absent when not known.',
    labels,
  })
  const weight = metrics.gauge('lvs_warden_real_server_weight', {
    help: 'Effective weight of a real server; 0 when quiesced or not in the table.',
    labels,
  })
  const configured = metrics.gauge('lvs_warden_real_server_configured_weight', {
    help: 'Configured weight of a real server.',
    labels,
  })
  const out = metrics.gauge('lvs_warden_real_server_out_by_operator', {
    help: '1 while a drain or maintenance of an operator holds, else 0.',
    labels,
  })
  const connections = metrics.gauge('lvs_warden_real_server_connections', {
    help: 'Connections in the kernels of all directors together.',
    labels: ['service', 'server', 'state'],
  })
  const healthy = metrics.gauge('lvs_warden_real_server_healthy_ratio', {
    help: 'Share of the configured weight that its checks leave; 1 for one that is not degraded.',
    labels,
  })
  const info = metrics.gauge('lvs_warden_real_server_info', {
    help: 'Always 1; joins names of the cluster file with addresses in the tables of directors.',
    labels: ['service', 'server', 'virtual_service', 'real_server'],
  })
  return {
    forget() {
      for (const gauge of [up, weight, configured, out, connections, healthy, info]) gauge.reset()
    },
    tell({ service, server }) {
      const place = { service: service.name, server: server.name }
      const row = { virtual_service: service.address, real_server: serverKey(server) }
      info.set({ ...place, ...row }, 1)
      healthy.set(place, server.degraded ?? 1)
      if (server.health !== 'unknown') up.set(place, server.health === 'up' ? 1 : 0)
      weight.set(place, server.weight.effective)
      configured.set(place, server.weight.configured)
      out.set(place, server.admin === 'enabled' ? 0 : 1)
      for (const state of ['active', 'inactive', 'persistent'] as const) {
        connections.set({ ...place, state }, server.connections[state])
      }
    },
  }
}
