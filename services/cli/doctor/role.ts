import { findAddress, type Host, vipOf } from './host.ts'

/** What a machine is to the cluster. */
export type HostRole = 'director' | 'realserver'

/** A guess and its ground, in words. */
export interface Guess {
  readonly role: HostRole
  readonly because: string
}

/**
 * What this machine seems to be; `undefined` when nothing says. A machine that is both is a
 * director first.
 */
export async function guessRole(host: Host): Promise<Guess | undefined> {
  const table = (await host.view.readFile('/proc/net/ip_vs')) ?? ''
  if (/^(TCP|UDP|SCTP|FWM)/m.test(table)) {
    return { role: 'director', because: 'its IPVS table has virtual services' }
  }
  if (host.daemon?.isThere === true) {
    return { role: 'director', because: 'a monitor answers on it' }
  }
  const vips = (host.cluster?.virtualServices ?? []).flatMap((service) => vipOf(service) ?? [])
  const places = vips.flatMap((vip) => findAddress(host, vip) ?? [])
  const onNetwork = places.find(({ device }) => !isQuiet(host, device))
  if (onNetwork !== undefined && host.serverName === undefined) {
    return { role: 'director', because: `${onNetwork.address} is on ${onNetwork.device}` }
  }
  if (host.serverName !== undefined) {
    return { role: 'realserver', because: `it has the address of ${host.serverName}` }
  }
  const [hidden] = places
  if (hidden === undefined) return undefined
  return { role: 'realserver', because: `${hidden.address} is on ${hidden.device}` }
}

/** Devices where real servers keep a VIP out of sight. */
function isQuiet(host: Host, device: string): boolean {
  const isLoopback = host.devices.find(({ name }) => name === device)?.isLoopback ?? false
  return isLoopback || /^(tunl|ip6tnl|sit|gre|ip6gre|dummy)/.test(device)
}
