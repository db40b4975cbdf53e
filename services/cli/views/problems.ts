import type { RealServerStatus, ServiceStatus, Status } from '../../shared/wire/status.ts'
import { age } from '../local-time.ts'

/** Something that is wrong, or that somebody wanted so. */
export interface Problem {
  /** One word: what kind of thing this is. */
  readonly kind: string
  readonly severity: 'critical' | 'warning' | 'note'
  readonly message: string
}

/** Names of one line; who needs more has the table below. */
const MAX_SERVICES_NAMED = 4

/** What an operator must see first: what is wrong, the worst on top, then what is so on purpose. */
export function problemsOf(status: Status): readonly Problem[] {
  const problems = [
    ...alertProblems(status),
    ...letterProblems(status),
    ...directorProblems(status),
    ...status.services.flatMap(serviceProblems),
    ...serverProblems(status),
    ...degradedNotes(status),
    ...operatorNotes(status),
  ]
  const rank = { critical: 0, warning: 1, note: 2 }
  return problems.sort((a, b) => rank[a.severity] - rank[b.severity])
}

function alertProblems({ alerts, at }: Status): Problem[] {
  return alerts.map(({ severity, message, since }) => ({
    kind: 'alert',
    severity,
    message: `${message} (raised ${age(since, at)} ago)`,
  }))
}

function letterProblems({ alerting }: Status): Problem[] {
  const count = alerting?.deadLetters ?? 0
  if (count === 0) return []
  const what = count === 1 ? 'message could' : 'messages could'
  const message = `${count} ${what} not be told to anybody: lvsctl alerts`
  return [{ kind: 'alerts', severity: 'warning', message }]
}

/** Sick directors, guards and sorry servers have alerts of the controller; this has none. */
function directorProblems({ directors }: Status): Problem[] {
  if (directors.length > 0) return []
  const message = 'none has reported yet: nobody is known to write an IPVS table'
  return [{ kind: 'director', severity: 'critical', message }]
}

function serviceProblems({ name, sorryServer, realServers }: ServiceStatus): Problem[] {
  const isServed = realServers.some(({ weight }) => weight.effective > 0)
  if (isServed || sorryServer?.serving === true) return []
  const message = `${name}: no real server has a weight, new clients are not served`
  return [{ kind: 'service', severity: 'critical', message }]
}

/** One line a real server, however many services it is in: it is one host. */
function serverProblems({ services, at }: Status): Problem[] {
  const sick = groupByServer(services, ({ health, admin }) => health === 'down' && isIn(admin))
  return Array.from(sick, ([server, seen]) => {
    const { healthSince, reason } = first(seen)
    const message = `${server} in ${names(seen)} for ${age(healthSince, at)}: ${reason}`
    return { kind: 'down', severity: 'warning', message }
  })
}

/** They serve, only less; agents say so every day. */
function degradedNotes({ services }: Status): Problem[] {
  const less = groupByServer(
    services,
    ({ degraded, health, admin }) => degraded !== undefined && health === 'up' && isIn(admin),
  )
  return Array.from(less, ([server, seen]) => ({
    kind: 'degraded',
    severity: 'note',
    message: `${server} in ${names(seen)}: ${first(seen).reason}`,
  }))
}

function operatorNotes({ services }: Status): Problem[] {
  const out = groupByServer(services, ({ admin }) => !isIn(admin))
  return Array.from(out, ([server, seen]) => ({
    kind: 'operator',
    severity: 'note',
    message: `${server} in ${names(seen)}: ${first(seen).reason}`,
  }))
}

interface Seen {
  readonly service: string
  readonly status: RealServerStatus
}

function groupByServer(
  services: readonly ServiceStatus[],
  wanted: (server: RealServerStatus) => boolean,
): ReadonlyMap<string, readonly [Seen, ...Seen[]]> {
  const groups = new Map<string, [Seen, ...Seen[]]>()
  for (const { name, realServers } of services) {
    for (const status of realServers.filter(wanted)) {
      const group = groups.get(status.name)
      if (group === undefined) groups.set(status.name, [{ service: name, status }])
      else group.push({ service: name, status })
    }
  }
  return groups
}

function first([seen]: readonly [Seen, ...Seen[]]): RealServerStatus {
  return seen.status
}

function names(seen: readonly Seen[]): string {
  const shown = seen.slice(0, MAX_SERVICES_NAMED).map(({ service }) => service)
  const rest = seen.length - shown.length
  return shown.join(', ') + (rest === 0 ? '' : ` and ${rest} more`)
}

function isIn(admin: RealServerStatus['admin']): boolean {
  return admin === 'enabled'
}
