import type { Metrics } from '../shared/runtime/metrics.ts'
import type { RealServerStatus, ServiceStatus, Status } from '../shared/wire/status.ts'

/** What a controller counts for Prometheus. */
export interface ControllerMetrics {
  /** So many observations came in. */
  observed(count: number): void
  /** Shows the state with each look, as long as this controller leads; returns how to stop. */
  show(look: () => { readonly leads: boolean; readonly status: () => Status }): () => void
}

/** Makes a controller's figures; without metrics they go nowhere. */
export function createControllerMetrics(metrics: Metrics | undefined): ControllerMetrics {
  if (metrics === undefined) return { observed: () => undefined, show: () => () => undefined }
  const observations = metrics.counter('lvs_warden_controller_observations_total', {
    help: 'Observations that came in from probers.',
  })
  const leads = metrics.gauge('lvs_warden_controller_leads', {
    help: '1 in the one controller that leads, 0 in those that stand by.',
  })
  const state = createStateGauges(metrics)
  return {
    observed: (count) => observations.add({}, count),
    show: (look) =>
      metrics.onLook(() => {
        const now = look()
        leads.set({}, now.leads ? 1 : 0)
        // All controllers know the same; told once it can be summed up.
        state.forget()
        if (now.leads) state.tell(now.status())
      }),
  }
}

interface StateGauges {
  forget(): void
  tell(status: Status): void
}

function createStateGauges(metrics: Metrics): StateGauges {
  const generation = metrics.gauge('lvs_warden_generation', {
    help: 'Generation of the desired table; grows with every change.',
  })
  const alerts = metrics.gauge('lvs_warden_alerts', {
    help: 'Alerts that are raised now.',
    labels: ['severity'],
  })
  const parity = metrics.gauge('lvs_warden_director_current', {
    help: '1 where a director holds the newest table, else 0.',
    labels: ['director'],
  })
  const services = createServiceGauges(metrics)
  const servers = createServerGauges(metrics)
  return {
    forget() {
      for (const gauge of [generation, alerts, parity]) gauge.reset()
      services.forget()
      servers.forget()
    },
    tell(status) {
      generation.set({}, status.generation)
      for (const severity of ['warning', 'critical'] as const) {
        const raised = status.alerts.filter((alert) => alert.severity === severity)
        alerts.set({ severity }, raised.length)
      }
      for (const { name, generation: held } of status.directors) {
        parity.set({ director: name }, held === status.generation ? 1 : 0)
      }
      for (const service of status.services) {
        services.tell(service)
        for (const server of service.realServers) servers.tell(service.name, server)
      }
    },
  }
}

function createServiceGauges(metrics: Metrics) {
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
  const sum = (servers: readonly RealServerStatus[], kind: 'effective' | 'configured') =>
    servers.reduce((total, server) => total + server.weight[kind], 0)
  return {
    forget() {
      for (const gauge of [weight, configured, sorry, guards]) gauge.reset()
    },
    tell(status: ServiceStatus) {
      const { name: service, realServers } = status
      weight.set({ service }, sum(realServers, 'effective'))
      configured.set({ service }, sum(realServers, 'configured'))
      sorry.set({ service }, status.sorryServer?.serving === true ? 1 : 0)
      guards.set({ service }, status.guards?.length ?? 0)
    },
  }
}

function createServerGauges(metrics: Metrics) {
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
  return {
    forget() {
      for (const gauge of [up, weight, configured, out, connections]) gauge.reset()
    },
    tell(service: string, server: RealServerStatus) {
      const place = { service, server: server.name }
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
