import type { RealServerStatus, ServiceStatus, Status } from '../../shared/wire/status.ts'
import { age } from '../local-time.ts'

/** Something that is wrong, or that somebody wanted so. */
export interface Problem {
  /** One word: what kind of thing this is. */
  readonly kind: string
  readonly severity: 'critical' | 'warning' | 'note'
  readonly message: string
}

/** A report is made each second; after this one is missed. */
const STALE_REPORT_MS = 5000
/** Names of one line; who needs more has the table below. */
const MAX_SERVICES_NAMED = 4

/** What an operator must see first: what is wrong, the worst on top, then what is out on purpose. */
export function problemsOf(status: Status): readonly Problem[] {
  const problems = [
    ...alertProblems(status),
    ...directorProblems(status),
    ...status.services.flatMap(serviceProblems),
    ...serverProblems(status),
    ...operatorNotes(status),
  ]
  const rank = { critical: 0, warning: 1, note: 2 }
  return problems.sort((a, b) => rank[a.severity] - rank[b.severity])
}

function alertProblems({ alerts, at }: Status): Problem[] {
  return alerts.map(({ severity, message, since }) => ({
    kind: 'alert',
    severity,
    message: `${message} (for ${age(since, at)})`,
  }))
}

function directorProblems({ directors, at }: Status): Problem[] {
  const kind = 'director'
  if (directors.length === 0) {
    const message = 'none has reported yet: nobody is known to write an IPVS table'
    return [{ kind, severity: 'critical', message }]
  }
  return directors.flatMap(({ name, problem, reportedAt }): Problem[] => {
    if (problem !== undefined) {
      return [{ kind, severity: 'critical', message: `${name}: ${problem}` }]
    }
    if (Date.parse(at) - Date.parse(reportedAt) < STALE_REPORT_MS) return []
    const message = `${name} has not reported for ${age(reportedAt, at)}`
    return [{ kind, severity: 'warning', message }]
  })
}

function serviceProblems(service: ServiceStatus): Problem[] {
  const { name, panic, sorryServer, realServers } = service
  const kind = 'service'
  const problems: Problem[] = []
  const serving = realServers.filter(({ weight }) => weight.effective > 0)
  if (sorryServer?.serving === true) {
    const message = `${name}: no real server is left, the sorry server ${sorryServer.address} answers`
    problems.push({ kind, severity: 'critical', message })
  } else if (serving.length === 0) {
    problems.push({ kind, severity: 'critical', message: `${name}: nothing serves new clients` })
  }
  if (panic) {
    const message = `${name}: the panic threshold keeps failed real servers in`
    problems.push({ kind, severity: 'critical', message })
  }
  return problems
}

/** One line a real server, however many services it is in: it is one host. */
function serverProblems({ services, at }: Status): Problem[] {
  const sick = groupByServer(services, ({ health, admin }) => health === 'down' && isIn(admin))
  return Array.from(sick, ([server, seen]) => ({
    kind: 'down',
    severity: 'warning',
    message: `${server} in ${names(seen)} for ${age(first(seen).healthSince, at)}: ${first(seen).reason}`,
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
