import type { DirectorStatus, ServiceStatus } from '../../../shared/wire/status.ts'
import { countMarks, isTroubled, MARKS, type Mark, markOf } from './server-mark.ts'

/** A virtual service in one line. */
export interface ServiceRow {
  readonly service: ServiceStatus
  readonly marks: Readonly<Record<Mark, number>>
  /** Effective weight as a share of the configured one, of those that are no backups; 0 to 1. */
  readonly capacity: number
  readonly active: number
  readonly inactive: number
  /** New connections a second. */
  readonly rate: number
  /** 3: nobody serves; 2: a guard, sorry server or quorum; 1: somebody is troubled; 0: well. */
  readonly rank: 0 | 1 | 2 | 3
}

/** How many of those directors that serve something hold the table as they should. */
export interface Parity {
  readonly good: number
  readonly total: number
}

const rows = new WeakMap<ServiceStatus, ServiceRow>()

/** Made once for each status of a service: what has not changed costs nothing. */
export function rowOf(service: ServiceStatus): ServiceRow {
  const known = rows.get(service)
  if (known !== undefined) return known
  const made = makeRow(service)
  rows.set(service, made)
  return made
}

/** A director that reports a problem, differs or obeys nobody holds no one's table. */
export function parityOf(
  { directors: names }: Pick<ServiceStatus, 'directors'>,
  directors: readonly DirectorStatus[],
  generation: number,
): Parity {
  const serving = directors.filter(({ name }) => names === undefined || names.includes(name))
  const good = serving.filter((director) => isGood(director, generation))
  return { good: good.length, total: names?.length ?? serving.length }
}

function isGood(director: DirectorStatus, generation: number): boolean {
  const { problem, differences, unmanagedSince } = director
  if (problem !== undefined || (differences?.length ?? 0) > 0) return false
  // The table of this very moment may still be under way.
  return unmanagedSince === undefined && director.generation >= generation - 1
}

function makeRow(service: ServiceStatus): ServiceRow {
  const { realServers } = service
  const marks = countMarks(realServers)
  let configured = 0
  let effective = 0
  let active = 0
  let inactive = 0
  let rate = 0
  for (const { weight, connections, tier = 0, ...server } of realServers) {
    if (tier === 0) configured += weight.configured
    effective += weight.effective
    active += connections.active
    inactive += connections.inactive
    rate += server.rate ?? 0
  }
  const capacity = configured === 0 ? 1 : Math.min(1, effective / configured)
  return { ...{ service, marks, capacity, active, inactive, rate }, rank: rankOf(service, marks) }
}

function rankOf(
  { realServers, guards, sorryServer, quorum }: ServiceStatus,
  marks: ServiceRow['marks'],
): ServiceRow['rank'] {
  const isServed = realServers.some(({ weight }) => weight.effective > 0)
  const isSorry = sorryServer?.serving === true
  if (!isServed && !isSorry && realServers.length > 0) return 3
  if (isSorry || guards.length > 0 || quorum?.state === 'down') return 2
  return MARKS.some((mark) => isTroubled(mark) && marks[mark] > 0) ? 1 : 0
}

/** Real servers that are out of service although nobody asked for it. */
export function outOf(servers: ServiceStatus['realServers']): number {
  return servers.filter((server) => {
    const mark = markOf(server)
    return mark === 'down' || (mark === 'unknown' && server.weight.effective === 0)
  }).length
}
