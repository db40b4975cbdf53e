import type {
  ConnectionCounts,
  CountedServer,
  CountedService,
  CountedTable,
  TrafficStats,
} from '../domain/table.ts'
import {
  type ForwardingMethod,
  SCHEDULER_FLAGS,
  type SchedulerFlag,
  type ServiceAddress,
  type Tunnel,
} from '../domain/virtual-service.ts'
import { ServiceError } from '../runtime/service-error.ts'

const METHODS = ['masquerade', 'tunnel', 'direct-route'] as const
/** Added to the number of the forwarding method when the address is the director's own. */
const LOCAL = 4
const CHECKSUMS: ReadonlySet<unknown> = new Set(['none', 'checksum', 'remote'])
const PROTOCOLS: ReadonlySet<unknown> = new Set(['tcp', 'udp', 'sctp'])
const FLAGS: ReadonlySet<unknown> = new Set(SCHEDULER_FLAGS)

type List = readonly unknown[]

/**
 * A whole table with its counters as arrays without keys, for it is said once a second: a service
 * is `[address, scheduler, flags, onePacket, persistence, stats, rows]`, a row `[address, port,
 * method, weight, upper, lower, active, inactive, persistent, …stats]`. Zeros at the end of a row
 * are left out, which is most of a row without clients.
 */
export function encodeCountedTable(table: CountedTable): readonly List[] {
  return table.map((service) => {
    const { address, scheduler, schedulerFlags, onePacket, persistence, stats, servers } = service
    return [
      encodeAddress(address),
      scheduler,
      schedulerFlags,
      onePacket ? 1 : 0,
      persistence === undefined
        ? 0
        : [persistence.timeoutS, persistence.netmask, ...(persistence.engine ? ['sip'] : [])],
      withoutZeros(statsList(stats)),
      servers.map(encodeRow),
    ]
  })
}

/** Reads and checks it, by hand. Throws a `ServiceError` `wire.invalid`. */
export function decodeCountedTable(value: unknown): CountedTable {
  if (!Array.isArray(value)) throw invalid('services', 'want a list', value)
  return value.map(decodeService)
}

function encodeAddress(address: ServiceAddress): List {
  return address.type === 'fwmark'
    ? ['fwmark', address.mark, address.family]
    : [address.protocol, address.address, address.port, address.family]
}

function encodeRow(row: CountedServer): List {
  const { tunnel, counts, stats } = row
  const method = METHODS.indexOf(row.forwarding) + (row.local === true ? LOCAL : 0)
  return withoutZeros([
    row.address,
    row.port,
    tunnel === undefined ? method : [method, ...encodeTunnel(tunnel)],
    row.weight,
    row.upperThreshold,
    row.lowerThreshold,
    counts.active,
    counts.inactive,
    counts.persistent,
    stats.connections,
    stats.inPackets,
    stats.outPackets,
    stats.inBytes,
    stats.outBytes,
    stats.connectionRate,
    stats.inPacketRate,
    stats.outPacketRate,
    stats.inByteRate,
    stats.outByteRate,
  ])
}

function encodeTunnel(tunnel: Tunnel): List {
  if (tunnel.type === 'ipip') return ['ipip']
  return tunnel.type === 'gre' ? ['gre', tunnel.checksum] : ['gue', tunnel.checksum, tunnel.port]
}

function statsList(stats: TrafficStats): unknown[] {
  return [
    stats.connections,
    stats.inPackets,
    stats.outPackets,
    stats.inBytes,
    stats.outBytes,
    stats.connectionRate,
    stats.inPacketRate,
    stats.outPacketRate,
    stats.inByteRate,
    stats.outByteRate,
  ]
}

function withoutZeros(list: unknown[]): List {
  let { length } = list
  while (length > 0 && list[length - 1] === 0) length--
  list.length = length
  return list
}

function decodeService(value: unknown, index: number): CountedService {
  const where = `services.${index}`
  if (!Array.isArray(value)) throw invalid(where, 'want a list', value)
  const [address, scheduler, flags, onePacket, persistence, stats, rows] = value as List
  if (typeof scheduler !== 'string') throw invalid(where, 'want a scheduler', scheduler)
  if (!isFlags(flags)) throw invalid(where, 'want flags of a scheduler', flags)
  if (onePacket !== 0 && onePacket !== 1) throw invalid(where, 'want 0 or 1', onePacket)
  if (!isNumbers(stats, 0)) throw invalid(where, 'want statistics', stats)
  if (!Array.isArray(rows)) throw invalid(where, 'want rows', rows)
  return {
    address: decodeAddress(address, where),
    scheduler,
    schedulerFlags: flags,
    onePacket: onePacket === 1,
    ...decodePersistence(persistence, where),
    stats: statsFrom(stats, 0),
    servers: rows.map((row: unknown) => decodeRow(row, where)),
  }
}

function decodeAddress(value: unknown, where: string): ServiceAddress {
  const list: List = Array.isArray(value) ? value : []
  if (list[0] === 'fwmark') {
    const [, mark, family] = list
    if (isWhole(mark, 0xffff_ffff) && isFamily(family)) return { type: 'fwmark', family, mark }
  } else if (PROTOCOLS.has(list[0])) {
    const [protocol, address, port, family] = list
    if (typeof address === 'string' && isWhole(port, 65_535) && isFamily(family)) {
      return {
        type: 'address',
        protocol: protocol as 'tcp' | 'udp' | 'sctp',
        family,
        address,
        port,
      }
    }
  }
  throw invalid(where, 'want the address of a service', value)
}

function decodePersistence(value: unknown, where: string): Pick<CountedService, 'persistence'> {
  if (value === 0) return {}
  const [timeoutS, netmask, engine]: List = Array.isArray(value) ? value : []
  if (isWhole(timeoutS, 0xffff_ffff) && isWhole(netmask, 128)) {
    if (engine === undefined) return { persistence: { timeoutS, netmask } }
    if (engine === 'sip') return { persistence: { timeoutS, netmask, engine } }
  }
  throw invalid(where, 'want a persistence', value)
}

function decodeRow(value: unknown, where: string): CountedServer {
  if (!Array.isArray(value)) throw invalid(where, 'want a row', value)
  const [address, port = 0, method = 0] = value as List
  if (typeof address !== 'string' || !isWhole(port, 65_535) || !isNumbers(value, 3)) {
    throw invalid(where, 'want address, port, method and numbers', value)
  }
  const counts: ConnectionCounts = {
    active: value[6] ?? 0,
    inactive: value[7] ?? 0,
    persistent: value[8] ?? 0,
  }
  return {
    address,
    port,
    ...decodeMethod(method, where),
    weight: value[3] ?? 0,
    upperThreshold: value[4] ?? 0,
    lowerThreshold: value[5] ?? 0,
    counts,
    stats: statsFrom(value, 9),
  }
}

function decodeMethod(
  value: unknown,
  where: string,
): Pick<CountedServer, 'forwarding' | 'tunnel' | 'local'> {
  const [number, ...tunnel]: List = Array.isArray(value) ? value : [value]
  if (!isWhole(number, LOCAL + METHODS.length - 1)) throw invalid(where, 'want a method', value)
  const forwarding: ForwardingMethod | undefined = METHODS[number % LOCAL]
  if (forwarding === undefined) throw invalid(where, 'want a method', value)
  return {
    forwarding,
    ...(tunnel.length > 0 && { tunnel: decodeTunnel(tunnel, where) }),
    ...(number >= LOCAL && { local: true }),
  }
}

function decodeTunnel(value: List, where: string): Tunnel {
  const [type, checksum, port] = value
  if (type === 'ipip') return { type }
  if (isChecksum(checksum)) {
    if (type === 'gre') return { type, checksum }
    if (type === 'gue' && isWhole(port, 65_535)) return { type, checksum, port }
  }
  throw invalid(where, 'want a tunnel', value)
}

function statsFrom(list: readonly number[], at: number): TrafficStats {
  return {
    connections: list[at] ?? 0,
    inPackets: list[at + 1] ?? 0,
    outPackets: list[at + 2] ?? 0,
    inBytes: list[at + 3] ?? 0,
    outBytes: list[at + 4] ?? 0,
    connectionRate: list[at + 5] ?? 0,
    inPacketRate: list[at + 6] ?? 0,
    outPacketRate: list[at + 7] ?? 0,
    inByteRate: list[at + 8] ?? 0,
    outByteRate: list[at + 9] ?? 0,
  }
}

/** Counters and settings from a place on: no hole, no text, nothing below zero. */
function isNumbers(list: unknown, from: number): list is number[] {
  if (!Array.isArray(list)) return false
  for (let i = from; i < list.length; i++) {
    const value: unknown = list[i]
    if (typeof value !== 'number' || !(value >= 0)) return false
  }
  return true
}

function isFlags(value: unknown): value is SchedulerFlag[] {
  return Array.isArray(value) && value.every((flag) => FLAGS.has(flag))
}

function isChecksum(value: unknown): value is 'none' | 'checksum' | 'remote' {
  return CHECKSUMS.has(value)
}

function isFamily(value: unknown): value is 4 | 6 {
  return value === 4 || value === 6
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
}

function invalid(where: string, want: string, got: unknown): ServiceError {
  const shown = JSON.stringify(got)?.slice(0, 200) ?? 'nothing'
  return new ServiceError('wire.invalid', `director report: ${where}: ${want}, got ${shown}`)
}
