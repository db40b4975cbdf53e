import { addressFromBytes, type Family } from '../../domain/ip-address.ts'
import { schedulerFlagsFromBits } from '../../domain/scheduler-flags.ts'
import type { CountedServer, CountedService, TrafficStats } from '../../domain/table.ts'
import type {
  ForwardingMethod,
  Persistence,
  ServiceAddress,
  Tunnel,
  TunnelChecksum,
} from '../../domain/virtual-service.ts'
import type { IpvsDescription } from '../../ports/ipvs-table.ts'
import { Attributes } from './attributes.ts'
import {
  ADDRESS_FAMILY,
  FLAG,
  FORWARDING,
  FORWARDING_MASK,
  INFO,
  PROTOCOL,
  SERVER,
  SERVICE,
  STATS,
  TOP,
  TUNNEL,
  TUNNEL_CHECKSUM,
} from './ipvs-protocol.ts'

/** A service without its rows, which the kernel lists apart. */
export type DecodedService = Omit<CountedService, 'servers'>

/** Reads a service from a message's attributes; `undefined` for what is not one that we know. */
export function decodeService(payload: Uint8Array): DecodedService | undefined {
  const attributes = new Attributes(payload).nested(TOP.service)
  if (attributes === undefined) return undefined
  const address = serviceAddress(attributes)
  const scheduler = attributes.text(SERVICE.scheduler)
  if (address === undefined || scheduler === undefined) return undefined
  const flags = attributes.firstWord(SERVICE.flags) ?? 0
  const persistence = readPersistence(attributes, flags, address.family)
  const bits = (flags & FLAG.schedulerMask) >> FLAG.schedulerShift
  return {
    address,
    scheduler,
    schedulerFlags: schedulerFlagsFromBits(scheduler, bits),
    onePacket: (flags & FLAG.onePacket) !== 0,
    ...(persistence === undefined ? {} : { persistence }),
    stats: readStats(attributes.nested(SERVICE.stats64) ?? attributes.nested(SERVICE.stats)),
  }
}

/** Reads a row from a message's attributes; `family` is its service's, for kernels before 3.18. */
export function decodeServer(payload: Uint8Array, family: Family): CountedServer | undefined {
  const attributes = new Attributes(payload).nested(TOP.server)
  if (attributes === undefined) return undefined
  const own = familyOf(attributes.number(SERVER.family)) ?? family
  const address = readAddress(attributes, SERVER.address, own)
  const port = attributes.be16(SERVER.port)
  if (address === undefined || port === undefined) return undefined
  const method = (attributes.number(SERVER.forwarding) ?? 0) & FORWARDING_MASK
  const forwarding = FORWARDING_NAMES[method] ?? 'direct-route'
  return {
    address,
    port,
    forwarding,
    ...(forwarding === 'tunnel' ? { tunnel: readTunnel(attributes) } : {}),
    weight: attributes.number(SERVER.weight) ?? 0,
    upperThreshold: attributes.number(SERVER.upperThreshold) ?? 0,
    lowerThreshold: attributes.number(SERVER.lowerThreshold) ?? 0,
    ...(method === FORWARDING.local ? { local: true as const } : {}),
    counts: {
      active: attributes.number(SERVER.active) ?? 0,
      inactive: attributes.number(SERVER.inactive) ?? 0,
      persistent: attributes.number(SERVER.persistent) ?? 0,
    },
    stats: readStats(attributes.nested(SERVER.stats64) ?? attributes.nested(SERVER.stats)),
  }
}

/** Reads the answer to IPVS_CMD_GET_INFO. */
export function decodeInfo(payload: Uint8Array): IpvsDescription {
  const attributes = new Attributes(payload)
  const version = attributes.number(INFO.version)
  const size = attributes.number(INFO.connectionTableSize)
  return {
    ...(version === undefined ? {} : { version: versionText(version) }),
    ...(size === undefined ? {} : { connectionTableSize: size }),
  }
}

const FORWARDING_NAMES: Readonly<Record<number, ForwardingMethod>> = {
  [FORWARDING.masquerade]: 'masquerade',
  [FORWARDING.tunnel]: 'tunnel',
  [FORWARDING['direct-route']]: 'direct-route',
}

const CHECKSUM_NAMES: Readonly<Record<number, TunnelChecksum>> = {
  [TUNNEL_CHECKSUM.none]: 'none',
  [TUNNEL_CHECKSUM.checksum]: 'checksum',
  [TUNNEL_CHECKSUM.remote]: 'remote',
}

function serviceAddress(attributes: Attributes): ServiceAddress | undefined {
  const family = familyOf(attributes.number(SERVICE.family))
  if (family === undefined) return undefined
  const mark = attributes.number(SERVICE.fwmark)
  if (mark !== undefined) return { type: 'fwmark', family, mark }
  const number = attributes.number(SERVICE.protocol)
  const protocol = number === undefined ? undefined : protocolOf(number)
  const address = readAddress(attributes, SERVICE.address, family)
  const port = attributes.be16(SERVICE.port)
  if (protocol === undefined || address === undefined || port === undefined) return undefined
  return { type: 'address', protocol, family, address, port }
}

function readPersistence(
  attributes: Attributes,
  flags: number,
  family: Family,
): Persistence | undefined {
  if ((flags & FLAG.persistent) === 0) return undefined
  const mask = family === 4 ? attributes.be32(SERVICE.netmask) : undefined
  const prefix = attributes.number(SERVICE.netmask) ?? 128
  return {
    timeoutS: attributes.number(SERVICE.timeout) ?? 0,
    netmask: mask === undefined ? prefix : prefixOfMask(mask),
    ...(attributes.text(SERVICE.engine) === 'sip' ? { engine: 'sip' as const } : {}),
  }
}

function readTunnel(attributes: Attributes): Tunnel {
  const type = attributes.number(SERVER.tunnelType)
  const checksum = CHECKSUM_NAMES[attributes.number(SERVER.tunnelFlags) ?? 0] ?? 'none'
  if (type === TUNNEL.gre) return { type: 'gre', checksum }
  if (type !== TUNNEL.gue) return { type: 'ipip' }
  return { type: 'gue', port: attributes.be16(SERVER.tunnelPort) ?? 0, checksum }
}

function readStats(attributes: Attributes | undefined): TrafficStats {
  const value = (type: number) => attributes?.number(type) ?? 0
  return {
    connections: value(STATS.connections),
    inPackets: value(STATS.inPackets),
    outPackets: value(STATS.outPackets),
    inBytes: value(STATS.inBytes),
    outBytes: value(STATS.outBytes),
    connectionRate: value(STATS.connectionRate),
    inPacketRate: value(STATS.inPacketRate),
    outPacketRate: value(STATS.outPacketRate),
    inByteRate: value(STATS.inByteRate),
    outByteRate: value(STATS.outByteRate),
  }
}

function readAddress(attributes: Attributes, type: number, family: Family): string | undefined {
  const bytes = attributes.bytes(type, family === 4 ? 4 : 16)
  return bytes === undefined ? undefined : addressFromBytes(bytes)
}

function familyOf(value: number | undefined): Family | undefined {
  if (value === ADDRESS_FAMILY[4]) return 4
  return value === ADDRESS_FAMILY[6] ? 6 : undefined
}

function protocolOf(value: number): 'tcp' | 'udp' | 'sctp' | undefined {
  if (value === PROTOCOL.tcp) return 'tcp'
  if (value === PROTOCOL.udp) return 'udp'
  return value === PROTOCOL.sctp ? 'sctp' : undefined
}

function prefixOfMask(mask: number): number {
  let prefix = 0
  while (prefix < 32 && (mask & (0x8000_0000 >>> prefix)) !== 0) prefix++
  return prefix
}

/** NVERSION in net/ip_vs.h: a byte for each part. */
function versionText(version: number): string {
  return `${(version >> 16) & 0xff}.${(version >> 8) & 0xff}.${version & 0xff}`
}
