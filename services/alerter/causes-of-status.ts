import { DOWN_SEVERITY } from '../shared/domain/alerting.ts'
import type { Cause, Pace } from '../shared/domain/cause.ts'
import type { Cluster, RealServer, VirtualService } from '../shared/domain/virtual-service.ts'
import type { RealServerStatus, Status } from '../shared/wire/status.ts'

/**
 * All that is wrong now: real servers that are down without an operator having taken them out, and
 * what the controllers have raised. The cluster file adds labels and how often checks run.
 */
export function causesOfStatus(status: Status, cluster: Cluster | undefined): readonly Cause[] {
  const services = new Map(cluster?.virtualServices.map((service) => [service.name, service]))
  const down = status.services.flatMap(({ name, realServers }) =>
    realServers.filter(isMissed).map((server) => downCause(name, server, services.get(name))),
  )
  const places = new Map(status.probers?.map(({ name, vantage }) => [name, vantage]))
  return [...down, ...status.alerts.map((alert) => alertCause(alert, places, services))]
}

/** What an operator has taken out may be down. */
function isMissed({ health, admin }: RealServerStatus): boolean {
  return health === 'down' && admin === 'enabled'
}

function downCause(
  service: string,
  server: RealServerStatus,
  config: VirtualService | undefined,
): Cause {
  const { name, zone, healthSince, reason } = server
  const found = config?.realServers.find((one) => one.name === name)
  const labels = { ...config?.labels, ...found?.labels }
  const pace = found && paceOf(found)
  return {
    key: `down/${service}/${name}`,
    kind: 'down',
    severity: DOWN_SEVERITY,
    message: `${service}/${name} is down: ${reason}`,
    since: Date.parse(healthSince),
    service,
    server: name,
    ...(zone !== undefined && { zone }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(pace && { pace }),
  }
}

/** Of several checks the one that is quickest to say so. */
function paceOf({ checks }: RealServer): Pace | undefined {
  const [first] = [...checks].sort((a, b) => a.intervalMs * a.fall - b.intervalMs * b.fall)
  return first && { atOnce: first.fall, everyMs: first.intervalMs }
}

function alertCause(
  { key, severity, message, since }: Status['alerts'][number],
  places: ReadonlyMap<string, string>,
  services: ReadonlyMap<string, VirtualService>,
): Cause {
  const [kind = '', ...about] = key.split('/')
  const name = about[0] ?? ''
  const labels = services.get(name)?.labels
  return {
    ...{ key, kind, severity, message, since: Date.parse(since) },
    ...subjectOf(kind, about, places),
    ...(!kind.includes('-silent') && labels !== undefined && { labels }),
  }
}

/** Keys are a kind and what it is about: a director, a prober, a vantage, a service or a server. */
function subjectOf(
  kind: string,
  about: readonly string[],
  places: ReadonlyMap<string, string>,
): Partial<Cause> {
  const [first, second] = about
  if (first === undefined) return {}
  if (kind.startsWith('director-')) return { director: first }
  if (kind.startsWith('vantage-')) return { vantage: first }
  if (kind.startsWith('controller-')) return {}
  if (kind.startsWith('prober-')) {
    const vantage = places.get(first)
    return vantage === undefined ? {} : { vantage }
  }
  if (kind === 'override-ends' || kind === 'drain-deadline') {
    return second === undefined ? { server: first } : { service: first, server: second }
  }
  return { service: first }
}
