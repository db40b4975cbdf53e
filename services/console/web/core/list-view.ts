import type { RealServerStatus, ServiceStatus } from '../../../shared/wire/status.ts'
import type { ListFilter } from './route.ts'
import { isTroubled, MARKS, markOf } from './server-mark.ts'
import { rowOf, type ServiceRow } from './service-row.ts'

/** A service of the list, with the real servers that the filter named. */
export interface ListedService {
  readonly row: ServiceRow
  /** Those that match when it is not the service itself that does; the first few. */
  readonly matching: readonly string[]
}

const MOST_MATCHING = 12

/** What the overview lists: filtered and in order. */
export function listServices(
  services: readonly ServiceStatus[],
  { text, sort, troubled }: ListFilter,
): readonly ListedService[] {
  const words = wordsOf(text)
  const listed = services.flatMap((service) => {
    const row = rowOf(service)
    if (troubled && row.rank === 0) return []
    const matching = matchService(service, words)
    return matching === undefined ? [] : [{ row, matching }]
  })
  return listed.sort((one, other) => compareRows(one.row, other.row, sort))
}

/** What the page of a service lists. */
export function listServers(
  servers: readonly RealServerStatus[],
  { text, sort, troubled }: ListFilter,
): readonly RealServerStatus[] {
  const words = wordsOf(text)
  const listed = servers.filter(
    (server) =>
      (!troubled || isTroubled(markOf(server))) &&
      words.every((word) => serverText(server).includes(word)),
  )
  return listed.sort((one, other) => compareServers(one, other, sort))
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean)
}

/** The real servers to show: none when the service matches by itself; undefined: no match. */
function matchService(
  service: ServiceStatus,
  words: readonly string[],
): readonly string[] | undefined {
  const own = `${service.name} ${service.address} ${service.scheduler}`.toLowerCase()
  const others = words.filter((word) => !own.includes(word))
  if (others.length === 0) return []
  const found: string[] = []
  for (const server of service.realServers) {
    if (!others.every((word) => serverText(server).includes(word))) continue
    found.push(server.name)
    if (found.length === MOST_MATCHING) break
  }
  return found.length === 0 ? undefined : found
}

function serverText(server: RealServerStatus): string {
  const { name, address, port, zone = '' } = server
  return `${name} ${address}:${port} ${zone} ${markOf(server)}`.toLowerCase()
}

function compareRows(one: ServiceRow, other: ServiceRow, sort: ListFilter['sort']): number {
  const byName = compareNames(one.service.name, other.service.name)
  switch (sort) {
    case 'name':
      return byName
    case 'capacity':
      return one.capacity - other.capacity || byName
    case 'connections':
      return other.active - one.active || byName
    case 'rate':
      return other.rate - one.rate || byName
    case 'trouble':
      return other.rank - one.rank || byName
  }
}

function compareServers(
  one: RealServerStatus,
  other: RealServerStatus,
  sort: ListFilter['sort'],
): number {
  const byName = compareNames(one.name, other.name)
  const worst = (server: RealServerStatus) => MARKS.indexOf(markOf(server))
  switch (sort) {
    case 'name':
      return byName
    case 'capacity':
      return other.weight.effective - one.weight.effective || byName
    case 'connections':
      return other.connections.active - one.connections.active || byName
    case 'rate':
      return (other.rate ?? 0) - (one.rate ?? 0) || byName
    case 'trouble':
      return worst(one) - worst(other) || byName
  }
}

const names = new Intl.Collator('en', { numeric: true })

/** `web2` before `web10`. */
function compareNames(one: string, other: string): number {
  return names.compare(one, other)
}
