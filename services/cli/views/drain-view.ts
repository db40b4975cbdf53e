import type { RealServerStatus, Status } from '../../shared/wire/status.ts'

/** A real server in a service that is being drained. */
export interface DrainRow {
  /** `web/web3`. */
  readonly name: string
  readonly state: RealServerStatus['admin']
  readonly connections: RealServerStatus['connections']
}

/** One target of a drain order, found in a status. */
export interface DrainProgress {
  readonly target: string
  /** Empty when no service has it any more. */
  readonly rows: readonly DrainRow[]
  /** Services that still have it and were not asked to let it go. */
  readonly others: readonly string[]
}

/** Where each target of a drain stands. */
export function drainProgress(status: Status, targets: readonly string[]): DrainProgress[] {
  return targets.map((target) => {
    const slash = target.indexOf('/')
    const service = slash < 0 ? undefined : target.slice(0, slash)
    const server = target.slice(slash + 1)
    const rows: DrainRow[] = []
    const others: string[] = []
    for (const { name, realServers } of status.services) {
      for (const real of realServers.filter((each) => each.name === server)) {
        const { admin, connections } = real
        if (service === undefined || service === name) {
          rows.push({ name: `${name}/${server}`, state: admin, connections })
        } else if (!isGone(admin, connections)) others.push(name)
      }
    }
    return { target, rows, others }
  })
}

/** Nothing is left to wait for, be it that somebody ended the drain. */
export function isOver(progress: DrainProgress): boolean {
  return rowsLeft(progress).length === 0 || isGivenUp(progress)
}

/** What still has connections. */
export function rowsLeft({ rows }: DrainProgress): readonly DrainRow[] {
  return rows.filter(({ state, connections }) => !isGone(state, connections))
}

/** Someone ended the drain, or the cluster file lost the real server. */
export function isGivenUp({ rows }: DrainProgress): boolean {
  return rows.length === 0 || rows.some(({ state }) => state === 'enabled')
}

/** `web/web3: 12 active, 3 inactive, 0 persistent connections`. */
export function drainLine({ name, connections }: DrainRow): string {
  const { active, inactive, persistent } = connections
  return `${name}: ${active} active, ${inactive} inactive, ${persistent} persistent connections`
}

/** The last word about one target. */
export function drainVerdict({ target, rows, others }: DrainProgress): string {
  const enabled = rows.filter(({ state }) => state === 'enabled').map(({ name }) => name)
  if (rows.length === 0) return `${target} is in no virtual service any more`
  if (enabled.length > 0) return `${target} is not drained: ${enabled.join(', ')} was enabled again`
  const server = target.slice(target.indexOf('/') + 1)
  if (others.length === 0) return `${server} is drained everywhere: safe to reboot`
  return `${target} is drained; ${server} still serves in ${others.join(', ')}: not safe to reboot`
}

/** Maintenance takes new clients away at once, but the old ones may still be there. */
function isGone(
  state: RealServerStatus['admin'],
  { active, inactive }: RealServerStatus['connections'],
): boolean {
  return state === 'drained' || (state === 'maintenance' && active + inactive === 0)
}
