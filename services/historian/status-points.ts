import type { Point } from '../shared/domain/point.ts'
import type { RealServerStatus, ServiceStatus, Status } from '../shared/wire/status.ts'

/** How a real server is, the worst last: what a window of several shows. */
const STATES = { serving: 0, degraded: 1, unknown: 2, draining: 3, out: 4, down: 5 } as const

/** What the controller says of the whole cluster, at the moment it said so. */
export function statusPoints(status: Status): readonly Point[] {
  const at = Date.parse(status.at)
  return [
    ...status.services.flatMap((service) => [
      ...service.realServers.map((server) => serverPoint(at, service.name, server)),
      servicePoint(at, service),
    ]),
    ...status.directors.map(
      ({ name, generation, reportedAt }): Point => ({
        measurement: 'director',
        at,
        tags: { director: name },
        fields: {
          behind: Math.max(0, status.generation - generation),
          report_age_ms: Math.max(0, at - Date.parse(reportedAt)),
        },
      }),
    ),
    ...(['warning', 'critical'] as const).map(
      (severity): Point => ({
        measurement: 'alert',
        at,
        tags: { severity },
        fields: { raised: status.alerts.filter((alert) => alert.severity === severity).length },
      }),
    ),
  ]
}

function serverPoint(at: number, service: string, server: RealServerStatus): Point {
  return {
    measurement: 'real_server',
    at,
    tags: { service, server: server.name },
    fields: {
      configured_weight: server.weight.configured,
      effective_weight: server.weight.effective,
      up: server.health === 'up' ? 1 : 0,
      state: stateOf(server),
    },
  }
}

function stateOf({ health, admin, degraded }: RealServerStatus): number {
  if (admin === 'draining') return STATES.draining
  if (admin !== 'enabled') return STATES.out
  if (health === 'down') return STATES.down
  if (health === 'unknown') return STATES.unknown
  return degraded === undefined ? STATES.serving : STATES.degraded
}

function servicePoint(at: number, service: ServiceStatus): Point {
  const { name, realServers, panic, sorryServer } = service
  const configured = sum(realServers.map(({ weight }) => weight.configured))
  const effective = sum(realServers.map(({ weight }) => weight.effective))
  return {
    measurement: 'virtual_service',
    at,
    tags: { service: name },
    fields: {
      real_servers: realServers.length,
      serving: realServers.filter(({ weight }) => weight.effective > 0).length,
      down: realServers.filter(({ health }) => health === 'down').length,
      configured_weight: configured,
      effective_weight: effective,
      capacity_percent: configured === 0 ? 100 : (100 * effective) / configured,
      panic: panic ? 1 : 0,
      sorry: sorryServer?.serving === true ? 1 : 0,
    },
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
