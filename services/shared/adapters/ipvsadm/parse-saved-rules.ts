import { type Family, parseIpAddress } from '../../domain/ip-address.ts'
import type { TableServer, TableService, TableServiceHead } from '../../domain/table.ts'
import {
  type ForwardingMethod,
  type Persistence,
  type Protocol,
  SCHEDULER_FLAGS,
  type ServiceAddress,
  serviceKey,
  type Tunnel,
  type TunnelChecksum,
} from '../../domain/virtual-service.ts'
import { parseHostPort } from './parse-host-port.ts'
import { parseMark } from './parse-mark.ts'

/**
 * Reads what `ipvsadm -Sn` prints: `-A` lines, each followed by the `-a` lines of its rows.
 * Thresholds are not saved by ipvsadm and come back as 0. Lines that are not understood throw a
 * `RangeError` that quotes them, because a table half read would be planned against.
 */
export function parseSavedRules(text: string): TableService[] {
  const services = new Map<string, TableService & { readonly servers: TableServer[] }>()
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    const [verb] = words
    if (verb === '') continue
    const options = readOptions(words.slice(1))
    const address = options === undefined ? undefined : serviceAddress(options)
    if (options === undefined || address === undefined) throw unreadable(line)
    if (verb === '-A') {
      const head = serviceHead(address, options)
      if (head === undefined) throw unreadable(line)
      services.set(serviceKey(address), { ...head, servers: [] })
    } else {
      const server = verb === '-a' ? tableServer(options) : undefined
      const service = services.get(serviceKey(address))
      if (server === undefined || service === undefined) throw unreadable(line)
      service.servers.push(server)
    }
  }
  return [...services.values()]
}

type Options = ReadonlyMap<string, string>

/** Options that stand alone. */
const BARE = new Set(['-6', '-o', '-m', '-g', '-i', '--tun-nocsum', '--tun-csum', '--tun-remcsum'])

function readOptions(words: readonly string[]): Options | undefined {
  const options = new Map<string, string>()
  for (let i = 0; i < words.length; i++) {
    const name = words[i] ?? ''
    if (BARE.has(name)) options.set(name, '')
    else {
      i++
      const value = words[i]
      if (!name.startsWith('-') || value === undefined) return undefined
      options.set(name, value)
    }
  }
  return options
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  '-t': 'tcp',
  '-u': 'udp',
  '--sctp-service': 'sctp',
}

function serviceAddress(options: Options): ServiceAddress | undefined {
  const mark = options.get('-f')
  if (mark !== undefined) {
    const number = parseMark(mark)
    if (number === undefined) return undefined
    return { type: 'fwmark', family: options.has('-6') ? 6 : 4, mark: number }
  }
  for (const [option, protocol] of Object.entries(PROTOCOLS)) {
    const at = parseHostPort(options.get(option) ?? '')
    if (at !== undefined) return { type: 'address', protocol, ...at }
  }
  return undefined
}

function serviceHead(address: ServiceAddress, options: Options): TableServiceHead | undefined {
  const scheduler = options.get('-s')
  const persistence = readPersistence(options, address.family)
  const names = options.get('-b')?.split(',') ?? []
  const schedulerFlags = SCHEDULER_FLAGS.filter((flag) => names.includes(flag))
  if (scheduler === undefined || persistence === 'unreadable') return undefined
  if (schedulerFlags.length !== names.length) return undefined
  const head = { address, scheduler, schedulerFlags, onePacket: options.has('-o') }
  return persistence === undefined ? head : { ...head, persistence }
}

function readPersistence(options: Options, family: Family): Persistence | undefined | 'unreadable' {
  const timeout = options.get('-p')
  if (timeout === undefined) return undefined
  const netmask = prefixLength(options.get('-M'), family)
  if (!/^\d+$/.test(timeout) || netmask === undefined) return 'unreadable'
  const engine = options.get('--pe') === 'sip' ? { engine: 'sip' as const } : {}
  return { timeoutS: Number(timeout), netmask, ...engine }
}

function prefixLength(mask: string | undefined, family: Family): number | undefined {
  if (mask === undefined) return family === 4 ? 32 : 128
  if (/^\d+$/.test(mask)) return Number(mask)
  const quad = parseIpAddress(mask)
  if (quad?.family !== 4) return undefined
  const bits = quad.text.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'))
  const prefix = bits.join('').indexOf('0')
  return prefix < 0 ? 32 : prefix
}

const FORWARDING: Readonly<Record<string, ForwardingMethod>> = {
  '-m': 'masquerade',
  '-i': 'tunnel',
  '-g': 'direct-route',
}

function tableServer(options: Options): TableServer | undefined {
  const at = parseHostPort(options.get('-r') ?? '')
  const weight = options.get('-w') ?? ''
  const way = Object.keys(FORWARDING).find((option) => options.has(option))
  const forwarding = way === undefined ? undefined : FORWARDING[way]
  if (at === undefined || forwarding === undefined || !/^\d+$/.test(weight)) return undefined
  const row = {
    address: at.address,
    port: at.port,
    forwarding,
    weight: Number(weight),
    upperThreshold: 0,
    lowerThreshold: 0,
  }
  return forwarding === 'tunnel' ? { ...row, tunnel: readTunnel(options) } : row
}

function readTunnel(options: Options): Tunnel {
  let checksum: TunnelChecksum = 'none'
  if (options.has('--tun-csum')) checksum = 'checksum'
  if (options.has('--tun-remcsum')) checksum = 'remote'
  switch (options.get('--tun-type')) {
    case 'gue':
      return { type: 'gue', port: Number(options.get('--tun-port')), checksum }
    case 'gre':
      return { type: 'gre', checksum }
    default:
      return { type: 'ipip' }
  }
}

function unreadable(line: string): RangeError {
  return new RangeError(`ipvsadm -Sn printed a line that is not understood: ${line.trim()}`)
}
