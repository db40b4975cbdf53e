import type { DirectorReport } from '../../shared/domain/director-report.ts'
import type { Point } from '../../shared/domain/point.ts'
import { serverKey } from '../../shared/domain/server-key.ts'
import type {
  ConnectionCounts,
  CountedServer,
  CountedService,
  TrafficStats,
} from '../../shared/domain/table.ts'
import { type ServiceKey, serviceKey } from '../../shared/domain/virtual-service.ts'
import type { Directory } from './directory.ts'

/** What happened in a director since the last sample; each report tells it once. */
export interface DirectorNews {
  readonly drift: number
  readonly failures: number
}

/** What a director's kernel holds: itself, our services, and their rows that the file names. */
export function reportPoints(
  directory: Directory,
  report: DirectorReport,
  news: DirectorNews,
): readonly Point[] {
  const points: Point[] = []
  const { director, at } = report
  const foreign = new Set<ServiceKey>(report.foreign)
  for (const service of report.services) {
    const key = serviceKey(service.address)
    const names = foreign.has(key) ? undefined : directory.service(key)
    if (names === undefined) continue
    const tags = { service: names.name, director }
    points.push({
      measurement: 'virtual_service',
      at,
      tags,
      fields: { ...connections(service.servers), ...rates(service.stats) },
    })
    for (const row of service.servers) {
      const server = names.servers.get(serverKey(row))
      if (server !== undefined) points.push(rowPoint(at, { ...tags, server }, row))
    }
  }
  points.push(directorPoint(report, news))
  return points
}

function rowPoint(at: number, tags: Point['tags'], row: CountedServer): Point {
  const { active, inactive, persistent } = row.counts
  const fields = { weight: row.weight, active, inactive, persistent, ...rates(row.stats) }
  return { measurement: 'real_server', at, tags, fields }
}

function directorPoint(report: DirectorReport, { drift, failures }: DirectorNews): Point {
  const { director, at, generation, services, foreign, problem } = report
  const rows = services.flatMap((service) => service.servers)
  return {
    measurement: 'director',
    at,
    tags: { director },
    fields: {
      generation,
      services: services.length,
      rows: rows.length,
      foreign: foreign.length,
      drift,
      failures,
      problem: problem === undefined ? 0 : 1,
      ...connections(rows),
      ...sumOfRates(services),
    },
  }
}

function connections(rows: readonly { readonly counts: ConnectionCounts }[]) {
  let active = 0
  let inactive = 0
  for (const { counts } of rows) {
    active += counts.active
    inactive += counts.inactive
  }
  return { active, inactive }
}

function rates(stats: TrafficStats) {
  return {
    connection_rate: stats.connectionRate,
    in_packet_rate: stats.inPacketRate,
    out_packet_rate: stats.outPacketRate,
    in_byte_rate: stats.inByteRate,
    out_byte_rate: stats.outByteRate,
  }
}

function sumOfRates(services: readonly CountedService[]) {
  const sum = {
    connection_rate: 0,
    in_packet_rate: 0,
    out_packet_rate: 0,
    in_byte_rate: 0,
    out_byte_rate: 0,
  }
  for (const { stats } of services) {
    sum.connection_rate += stats.connectionRate
    sum.in_packet_rate += stats.inPacketRate
    sum.out_packet_rate += stats.outPacketRate
    sum.in_byte_rate += stats.inByteRate
    sum.out_byte_rate += stats.outByteRate
  }
  return sum
}
