import type { ConnectionCounts, TrafficStats } from './table.ts'

/** Counters of a row that no client has reached. */
export const NO_CONNECTIONS: ConnectionCounts = { active: 0, inactive: 0, persistent: 0 }

/** Statistics of a service or row that no client has reached. */
export const NO_TRAFFIC: TrafficStats = {
  connections: 0,
  inPackets: 0,
  outPackets: 0,
  inBytes: 0,
  outBytes: 0,
  connectionRate: 0,
  inPacketRate: 0,
  outPacketRate: 0,
  inByteRate: 0,
  outByteRate: 0,
}
