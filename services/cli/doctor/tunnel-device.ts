import type { Family } from '../../shared/domain/ip-address.ts'
import type { Tunnel } from '../../shared/domain/virtual-service.ts'

/** The device by which tunnelled packets come out, and the modules that make it. */
export interface TunnelDevice {
  readonly name: string
  readonly modules: readonly string[]
  /** UDP port that is listened on, of GUE. */
  readonly guePort?: number
}

/**
 * A real server takes tunnelled packets on the device that its kernel makes with the module: it
 * takes them from everybody, so no director needs to be named. `outer` is the family of the real
 * server's address, `inner` that of the VIP.
 */
export function tunnelDeviceFor(tunnel: Tunnel, inner: Family, outer: Family): TunnelDevice {
  if (tunnel.type === 'gre') {
    return outer === 4
      ? { name: 'gre0', modules: ['ip_gre'] }
      : { name: 'ip6gre0', modules: ['ip6_gre'] }
  }
  const plain = plainDevice(inner, outer)
  if (tunnel.type === 'ipip') return plain
  const fou = outer === 4 ? 'fou' : 'fou6'
  return { ...plain, modules: [...plain.modules, fou], guePort: tunnel.port }
}

function plainDevice(inner: Family, outer: Family): TunnelDevice {
  if (outer === 6) return { name: 'ip6tnl0', modules: ['ip6_tunnel'] }
  return inner === 4 ? { name: 'tunl0', modules: ['ipip'] } : { name: 'sit0', modules: ['sit'] }
}
