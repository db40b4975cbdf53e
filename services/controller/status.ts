import { hostPort } from '../shared/domain/ip-address.ts'
import { NO_CONNECTIONS } from '../shared/domain/no-traffic.ts'
import { serverKey } from '../shared/domain/server-key.ts'
import type { ConnectionCounts } from '../shared/domain/table.ts'
import { formatServiceAddress, serviceKey } from '../shared/domain/virtual-service.ts'
import { isoTime } from '../shared/runtime/iso-time.ts'
import type { RealServerStatus, ServiceStatus, Status } from '../shared/wire/status.ts'
import { explainPlacement } from './core/explain.ts'
import { degradedBy, factorOf } from './core/standing.ts'
import type { ControllerState, ServerState, ServiceState } from './core/state.ts'
import {
  controllersStatus,
  type DriftCounts,
  directorsStatus,
  missingDirectors,
} from './director-status.ts'
import { outageStatus } from './outage-status.ts'
import { probersStatus, vantagesStatus } from './vantage-status.ts'

/** The whole state as operators see it. */
export function statusOf(state: ControllerState, drift: DriftCounts, at: number): Status {
  return {
    cluster: state.clusterName,
    generation: state.generation,
    at: isoTime(at),
    epoch: state.epoch,
    controllers: controllersStatus(state),
    directors: directorsStatus(state, drift),
    missingDirectors: missingDirectors(state),
    probers: probersStatus(state),
    vantages: vantagesStatus(state),
    services: Array.from(state.services.values(), (service) => serviceStatus(state, service)),
    alerts: Array.from(state.alerts.values(), (alert) => ({
      ...alert,
      since: isoTime(alert.since),
    })),
  }
}

/** What the kernels of all directors say of one real server in one service. */
export interface RowTraffic {
  readonly counts: ConnectionCounts
  /** New connections a second. */
  readonly rate: number
}

const NOTHING: RowTraffic = { counts: NO_CONNECTIONS, rate: 0 }

/** One real server as operators see it. */
export function realServerStatus(
  state: ControllerState,
  server: ServerState,
  { counts, rate }: RowTraffic = NOTHING,
): RealServerStatus {
  const { config, placement } = server
  const { because } = placement
  const worst = degradedBy(server)
  return {
    name: config.name,
    address: config.address,
    port: config.port,
    ...(config.zone !== undefined && { zone: config.zone }),
    ...(config.tier !== undefined && { tier: config.tier }),
    weight: { configured: config.weight, effective: placement.weight ?? 0 },
    inTable: placement.weight !== null,
    health: server.verdict,
    healthSince: isoTime(server.since),
    ...(worst !== undefined && { degraded: factorOf(worst) }),
    admin: because.type === 'override' ? because.phase : 'enabled',
    connections: counts,
    rate: Math.round(10 * rate) / 10,
    ...outageStatus(state, server),
    reason: explainPlacement(server),
  }
}

/** Traffic of one service's rows by `address:port`, summed over all directors. */
export function trafficOf(
  state: ControllerState,
  service: ServiceState,
): ReadonlyMap<string, RowTraffic> {
  const wanted = serviceKey(service.config.address)
  const sums = new Map<string, RowTraffic>()
  for (const report of state.directors.values()) {
    const found = report.services.find(({ address }) => serviceKey(address) === wanted)
    for (const row of found?.servers ?? []) {
      const key = serverKey(row)
      const { counts, rate } = sums.get(key) ?? NOTHING
      sums.set(key, {
        counts: {
          active: counts.active + row.counts.active,
          inactive: counts.inactive + row.counts.inactive,
          persistent: counts.persistent + row.counts.persistent,
        },
        rate: rate + row.stats.connectionRate,
      })
    }
  }
  return sums
}

function serviceStatus(state: ControllerState, service: ServiceState): ServiceStatus {
  const { name, address, scheduler, pool, sorryServer, realServers } = service.config
  const methods = new Set(realServers.map(({ forwarding }) => forwarding))
  const [method] = methods
  const traffic = trafficOf(state, service)
  return {
    name,
    address: formatServiceAddress(address),
    scheduler,
    forwarding: methods.size === 1 && method !== undefined ? method : 'mixed',
    panic: service.guards.has('panic'),
    panicThreshold: service.config.panicThreshold,
    guards: Array.from(service.guards, ([guard, reason]) => ({ guard, reason })),
    ...(pool && {
      quorum: { state: service.quorum, weight: service.live, wanted: pool.quorum },
    }),
    ...(realServers.some(({ tier }) => tier !== undefined) && { backups: service.tier }),
    ...(sorryServer && {
      sorryServer: {
        address: hostPort(sorryServer.address, sorryServer.port),
        serving: service.sorry,
      },
    }),
    ...(service.config.directors && { directors: [...service.config.directors] }),
    realServers: service.servers.map((server) =>
      realServerStatus(state, server, traffic.get(serverKey(server.config))),
    ),
  }
}
