import type { Family } from '../../shared/domain/ip-address.ts'
import { suggestKey } from '../../shared/domain/nearest-key.ts'
import { type Cluster, formatServiceAddress } from '../../shared/domain/virtual-service.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { tunnelDeviceFor } from '../doctor/tunnel-device.ts'

/** An address that a machine shall have. */
export interface SetupAddress {
  readonly address: string
  readonly prefix: number
  readonly family: Family
  readonly device: string
  /** Never a source of its own accord (IPv6 `preferred_lft 0`). */
  readonly isDeprecated: boolean
}

/** What makes a machine into a part of a cluster, in the order of doing. */
export interface HostSetup {
  /** Who this is for and why, a line each. */
  readonly remarks: readonly string[]
  readonly modules: readonly string[]
  /** Names with dots and values. */
  readonly sysctls: readonly (readonly [name: string, value: number])[]
  /** Devices that are there with their modules and must be up. */
  readonly devices: readonly string[]
  /** UDP ports on which GUE is taken. */
  readonly guePorts: readonly { readonly port: number; readonly family: Family }[]
  /** Settings of those devices, which are there only then. */
  readonly deviceSysctls: readonly (readonly [name: string, value: number])[]
  readonly addresses: readonly SetupAddress[]
  readonly gateways: readonly { readonly family: Family; readonly via: string }[]
  /** The device on the network of the cluster. */
  readonly interface: string
}

/** What only the operator knows. */
export interface SetupOptions {
  /** Address of the director by family of the real server, for masquerading. */
  readonly director?: string
  /** Device on the network of the cluster. */
  readonly interface: string
}

/**
 * The set-up of a real server for all of its services. Throws a `ServiceError` `cli.usage` for an
 * unknown name, and for a masqueraded one without a director's address.
 */
export function realServerSetup(cluster: Cluster, name: string, options: SetupOptions): HostSetup {
  const parts = newParts()
  const places = cluster.virtualServices.flatMap((service) =>
    service.realServers
      .filter((server) => server.name === name)
      .map((server) => ({ service, server })),
  )
  if (places.length === 0) throw unknownServer(cluster, name)
  for (const { service, server } of places) {
    const { address } = service
    parts.remarks.push(`${service.name}: ${formatServiceAddress(address)}, ${server.forwarding}`)
    if (server.forwarding === 'masquerade') {
      parts.gateways.set(server.family, gatewayFor(name, server.family, options))
      continue
    }
    let device = 'lo'
    if (server.forwarding === 'tunnel') {
      const wanted = tunnelDeviceFor(
        server.tunnel ?? { type: 'ipip' },
        address.family,
        server.family,
      )
      device = wanted.name
      for (const module of wanted.modules) parts.modules.add(module)
      parts.devices.add(device)
      if (wanted.guePort !== undefined) parts.guePorts.set(wanted.guePort, server.family)
      if (address.family === 4) parts.deviceSysctls.set(`net.ipv4.conf.${device}.rp_filter`, 2)
    }
    if (address.family === 4) {
      parts.sysctls.set('net.ipv4.conf.all.arp_ignore', 1)
      parts.sysctls.set('net.ipv4.conf.all.arp_announce', 2)
    }
    if (address.type === 'address') parts.addresses.set(address.address, device)
    else parts.remarks.push(`${service.name}: add the addresses behind the mark to ${device}, too`)
  }
  return setupOf(`real server ${name} of cluster ${cluster.name}`, parts, options)
}

/** The set-up of a director: its VIPs, forwarding, and what the cluster file says of its kernel. */
export function directorSetup(cluster: Cluster, options: SetupOptions): HostSetup {
  const parts = newParts()
  parts.modules.add('ip_vs')
  for (const service of cluster.virtualServices) {
    const { address, scheduler, realServers } = service
    parts.remarks.push(`${service.name}: ${formatServiceAddress(address)}`)
    parts.modules.add(`ip_vs_${scheduler}`)
    if (service.persistence?.engine === 'sip') parts.modules.add('ip_vs_pe_sip')
    if (address.type === 'address') parts.addresses.set(address.address, options.interface)
    if (!realServers.some(({ forwarding }) => forwarding === 'masquerade')) continue
    if (address.family === 4) {
      parts.sysctls.set('net.ipv4.ip_forward', 1)
      parts.sysctls.set('net.ipv4.conf.all.send_redirects', 0)
      parts.sysctls.set(`net.ipv4.conf.${options.interface}.send_redirects`, 0)
    } else parts.sysctls.set('net.ipv6.conf.all.forwarding', 1)
  }
  for (const [name, value] of Object.entries(cluster.sysctls ?? {})) {
    if (typeof value === 'number') parts.sysctls.set(`net.ipv4.vs.${name}`, value)
  }
  const setup = setupOf(`a director of cluster ${cluster.name}`, parts, options)
  const addresses = setup.addresses.map((one) => ({ ...one, isDeprecated: one.family === 6 }))
  return { ...setup, addresses }
}

interface Parts {
  readonly remarks: string[]
  readonly modules: Set<string>
  readonly sysctls: Map<string, number>
  readonly devices: Set<string>
  readonly guePorts: Map<number, Family>
  readonly deviceSysctls: Map<string, number>
  readonly addresses: Map<string, string>
  readonly gateways: Map<Family, string>
}

function newParts(): Parts {
  return {
    remarks: [],
    modules: new Set(),
    sysctls: new Map(),
    devices: new Set(),
    guePorts: new Map(),
    deviceSysctls: new Map(),
    addresses: new Map(),
    gateways: new Map(),
  }
}

function setupOf(title: string, parts: Parts, options: SetupOptions): HostSetup {
  return {
    remarks: [title, ...parts.remarks],
    modules: [...parts.modules],
    sysctls: [...parts.sysctls],
    devices: [...parts.devices],
    guePorts: Array.from(parts.guePorts, ([port, family]) => ({ port, family })),
    deviceSysctls: [...parts.deviceSysctls],
    addresses: Array.from(parts.addresses, ([address, device]) => {
      const family = address.includes(':') ? 6 : 4
      return { address, device, family, prefix: family === 4 ? 32 : 128, isDeprecated: false }
    }),
    gateways: Array.from(parts.gateways, ([family, via]) => ({ family, via })),
    interface: options.interface,
  }
}

function gatewayFor(name: string, family: Family, { director }: SetupOptions): string {
  if (director !== undefined && director.includes(':') === (family === 6)) return director
  const message =
    `${name} is masqueraded, so its default gateway is the director: ` +
    `say --director ADDRESS, of IPv${family}`
  throw new ServiceError('cli.usage', message)
}

function unknownServer(cluster: Cluster, name: string): ServiceError {
  const names = cluster.virtualServices.flatMap(({ realServers }) =>
    realServers.map((server) => server.name),
  )
  const hint = suggestKey(name, names)
  const message = `no service of ${cluster.name} has a real server ${name}${hint}`
  return new ServiceError('cli.usage', message)
}
