import { NO_TRAFFIC } from '../../domain/no-traffic.ts'
import { serverKey } from '../../domain/server-key.ts'
import type { CountedServer, CountedTable, TableServer, TrafficStats } from '../../domain/table.ts'
import { serviceKey } from '../../domain/virtual-service.ts'
import { type ListedService, parseListing } from './parse-listing.ts'
import { parseSavedRules } from './parse-saved-rules.ts'

/** What ipvsadm prints with each set of options. */
export interface Listings {
  /** `-Sn` */
  readonly rules: string
  /** `-Ln --thresholds` */
  readonly thresholds: string
  /** `-Ln --persistent-conn` */
  readonly connections: string
  /** `-Ln --stats --exact` */
  readonly stats: string
  /** `-Ln --rate --exact` */
  readonly rate: string
}

/**
 * One table of what five listings say, joined by address: they were not printed in one moment, so a
 * row that is missing from one counts as 0 there.
 */
export function mergeListings(listings: Listings): CountedTable {
  const thresholds = parseListing(listings.thresholds)
  const connections = parseListing(listings.connections)
  const stats = parseListing(listings.stats)
  const rate = parseListing(listings.rate)
  return parseSavedRules(listings.rules).map((service) => {
    const key = serviceKey(service.address)
    const of = {
      thresholds: thresholds.get(key),
      connections: connections.get(key),
      stats: stats.get(key),
      rate: rate.get(key),
    }
    return {
      ...service,
      stats: trafficStats(of.stats?.numbers, of.rate?.numbers),
      servers: service.servers.map((server) => countedServer(server, of)),
    }
  })
}

interface ListedServices {
  readonly thresholds: ListedService | undefined
  readonly connections: ListedService | undefined
  readonly stats: ListedService | undefined
  readonly rate: ListedService | undefined
}

function countedServer(server: TableServer, of: ListedServices): CountedServer {
  const key = serverKey(server)
  const [upperThreshold = 0, lowerThreshold = 0] = of.thresholds?.rows.get(key) ?? []
  const [, persistent = 0, active = 0, inactive = 0] = of.connections?.rows.get(key) ?? []
  return {
    ...server,
    upperThreshold,
    lowerThreshold,
    counts: { active, inactive, persistent },
    stats: trafficStats(of.stats?.rows.get(key), of.rate?.rows.get(key)),
  }
}

function trafficStats(
  totals: readonly number[] | undefined,
  rates: readonly number[] | undefined,
): TrafficStats {
  if (totals === undefined || rates === undefined) return NO_TRAFFIC
  const [connections = 0, inPackets = 0, outPackets = 0, inBytes = 0, outBytes = 0] = totals
  const [connectionRate = 0, inPacketRate = 0, outPacketRate = 0, inByteRate = 0, outByteRate = 0] =
    rates
  return {
    ...{ connections, inPackets, outPackets, inBytes, outBytes },
    ...{ connectionRate, inPacketRate, outPacketRate, inByteRate, outByteRate },
  }
}
