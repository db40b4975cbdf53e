import { isDrainOver } from '../../shared/domain/drain-phase.ts'
import type { RealServerStatus, Status } from '../../shared/wire/status.ts'
import { endWords, outageWords, phaseWords } from './drain-words.ts'

/** A real server in a service that is being drained. */
export interface DrainRow {
  readonly service: string
  readonly server: RealServerStatus
}

/** One target of a drain order, found in a status. */
export interface DrainProgress {
  /** `web3`, or `web/web3`. */
  readonly target: string
  /** Empty when no service has it any more. */
  readonly rows: readonly DrainRow[]
  /** Services that still have it and were not asked to let it go. */
  readonly others: readonly string[]
  /** By the controller's clock. */
  readonly at: string
}

const ZONE = 'zone:'

/** Where each target of a drain stands; a zone is each of its real servers. */
export function drainProgress(status: Status, targets: readonly string[]): DrainProgress[] {
  const each = new Set(targets.flatMap((target) => inZone(status, target)))
  return Array.from(each, (target) => {
    const slash = target.indexOf('/')
    const only = slash < 0 ? undefined : target.slice(0, slash)
    const name = target.slice(slash + 1)
    const rows: DrainRow[] = []
    const others: string[] = []
    for (const { name: service, realServers } of status.services) {
      for (const server of realServers.filter((one) => one.name === name)) {
        if (only === undefined || only === service) rows.push({ service, server })
        else if (!isGone(server)) others.push(service)
      }
    }
    return { target, rows, others, at: status.at }
  })
}

function inZone({ services }: Status, target: string): readonly string[] {
  if (!target.startsWith(ZONE)) return [target]
  const zone = target.slice(ZONE.length)
  return services.flatMap(({ realServers }) =>
    realServers.filter((one) => one.zone === zone).map(({ name }) => name),
  )
}

/** Nothing is left to wait for, be it that somebody ended the drain. */
export function isOver(progress: DrainProgress): boolean {
  return rowsLeft(progress).length === 0 || isGivenUp(progress)
}

/** What still has connections. */
export function rowsLeft({ rows }: DrainProgress): readonly DrainRow[] {
  return rows.filter(({ server }) => !isGone(server))
}

/** Someone ended the drain, or the cluster file lost the real server. */
export function isGivenUp({ rows }: DrainProgress): boolean {
  return rows.length === 0 || rows.some(({ server }) => server.admin === 'enabled')
}

/** `web/web3: waits for 12 active and 3 inactive connections, about 2m to go`. */
export function drainLine({ service, server }: DrainRow): string {
  const { name, connections, drain, outage, admin } = server
  const { active, inactive, persistent } = connections
  const counted = `${active} active, ${inactive} inactive, ${persistent} persistent connections`
  if (drain !== undefined) return `${service}/${name}: ${phaseWords(drain)}`
  const by = admin === 'maintenance' && outage !== undefined ? `${outageWords(outage)}; ` : ''
  return `${service}/${name}: ${by}${counted}`
}

/** What happens when: deadlines and returns, each once. */
export function drainEnds(progress: readonly DrainProgress[]): readonly string[] {
  const lines = progress.flatMap(({ rows, at }) =>
    rows.flatMap(({ server }) => endWords(server, at)),
  )
  return [...new Set(lines)]
}

/** The last word about one target. */
export function drainVerdict(progress: DrainProgress): string {
  const { target, rows, others } = progress
  const enabled = rows.filter(({ server }) => server.admin === 'enabled')
  if (rows.length === 0) return `${target} is in no virtual service any more`
  if (enabled.length > 0) {
    const names = enabled.map(({ service, server }) => `${service}/${server.name}`)
    return `${target} is not drained: ${names.join(', ')} was enabled again`
  }
  const server = target.slice(target.indexOf('/') + 1)
  const cut = rows.reduce((sum, { server: { drain } }) => sum + (drain?.cut ?? 0), 0)
  const left =
    cut === 0 ? '' : `, ${cut} ${cut === 1 ? 'connection was' : 'connections were'} cut off`
  if (others.length === 0) return `${server} is out of service everywhere${left}: safe to reboot`
  const where = `${server} still serves in ${others.join(', ')}`
  return `${target} is out of service${left}; ${where}: not safe to reboot`
}

/** Maintenance takes new clients away at once, but the old ones may still be there. */
function isGone({ admin, connections, drain }: RealServerStatus): boolean {
  if (drain !== undefined) return isDrainOver(drain.phase)
  const { active, inactive } = connections
  return admin === 'drained' || (admin === 'maintenance' && active + inactive === 0)
}
