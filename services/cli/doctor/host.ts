import { z } from 'zod'
import type { Cluster, RealServer, VirtualService } from '../../shared/domain/virtual-service.ts'
import type { SystemView } from '../../shared/ports/system-view.ts'

/** An address of this machine. */
export interface HostAddress {
  readonly device: string
  readonly address: string
  readonly prefix: number
  readonly family: 4 | 6
  /** Not chosen as a source (`preferred_lft 0`). */
  readonly isDeprecated: boolean
}

/** A network device of this machine. */
export interface HostDevice {
  readonly name: string
  readonly mtu: number
  readonly isUp: boolean
  readonly isLoopback: boolean
}

/** Where packets to an address go. */
export interface Route {
  readonly device: string
  readonly gateway?: string
  /** Of the device, or what was learnt of the path. */
  readonly mtu: number
  /** The address is this machine's own. */
  readonly isLocal: boolean
}

/** The machine that is examined, and what is known of its part. */
export interface Host {
  readonly view: SystemView
  readonly addresses: readonly HostAddress[]
  readonly devices: readonly HostDevice[]
  /** What the cluster file says; absent when nobody told. */
  readonly cluster?: Cluster
  /** Address of the director, for real servers. */
  readonly director?: string
  /** Which real server this is; absent when none has an address of this machine. */
  readonly serverName?: string
  /** NATS servers of the services apart; none in a standalone monitor. */
  readonly nats: readonly string[]
  /** Is the daemon there, in words; absent when nobody asked. */
  readonly daemon?: { readonly isThere: boolean; readonly evidence: string }
  /** What all directors have under `net.ipv4.vs`; absent when nobody was asked. */
  readonly directors?: readonly DirectorSettings[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What a director reported of its kernel. */
export interface DirectorSettings {
  readonly name: string
  readonly sysctls: Readonly<Record<string, number>>
}

/** What is known before the machine is looked at. */
export type HostOptions = Omit<Host, 'addresses' | 'devices' | 'serverName'> & {
  /** Name of the real server that this is said to be. */
  readonly as?: string
}

const addressSchema = z.object({
  family: z.enum(['inet', 'inet6']),
  local: z.string(),
  prefixlen: z.int(),
  deprecated: z.boolean().exactOptional(),
  preferred_life_time: z.number().exactOptional(),
})
const linkSchema = z.object({
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.int(),
  addr_info: z.array(z.unknown()),
})
const routeSchema = z.object({
  dev: z.string(),
  gateway: z.string().exactOptional(),
  type: z.string().exactOptional(),
})

/** Looks at the addresses and devices of the machine; none where there is no `ip`. */
export async function openHost({ as, ...options }: HostOptions): Promise<Host> {
  const links = readJson(z.array(linkSchema), (await options.view.run(['ip', '-j', 'addr'])).stdout)
  const addresses = (links ?? []).flatMap(({ ifname, addr_info }) =>
    addr_info.flatMap((entry) => readAddress(ifname, entry)),
  )
  const devices = (links ?? []).map(({ ifname, flags, mtu }) => ({
    ...{ name: ifname, mtu, isUp: flags.includes('UP') },
    isLoopback: flags.includes('LOOPBACK'),
  }))
  const serverName = as ?? serverNameOf(options.cluster, addresses)
  return { ...options, addresses, devices, ...(serverName !== undefined && { serverName }) }
}

/** The way to an address; `undefined` when there is none, or no `ip`. */
export async function routeTo(host: Host, address: string): Promise<Route | undefined> {
  const { stdout } = await host.view.run(['ip', '-j', 'route', 'get', address])
  const [route] = readJson(z.array(routeSchema), stdout) ?? []
  if (route === undefined) return undefined
  const { dev: device, gateway, type } = route
  const mtu = host.devices.find(({ name }) => name === device)?.mtu ?? 0
  const isLocal = type === 'local'
  return { device, mtu, isLocal, ...(gateway !== undefined && { gateway }) }
}

/** A kernel setting by its name with dots; `undefined` where there is none. */
export async function sysctl(host: Host, name: string): Promise<number | undefined> {
  const text = await host.view.readFile(`/proc/sys/${name.replaceAll('.', '/')}`)
  return text === undefined || !/^-?\d+\s*$/.test(text) ? undefined : Number(text)
}

/**
 * What the kernel goes by for a device where it takes the greater of the device's setting and that
 * of all (Documentation/networking/ip-sysctl.rst: arp_ignore, arp_announce, rp_filter).
 */
export async function greaterSysctl(host: Host, device: string, name: string): Promise<number> {
  const all = await sysctl(host, `net.ipv4.conf.all.${name}`)
  const own = await sysctl(host, `net.ipv4.conf.${device}.${name}`)
  return Math.max(all ?? 0, own ?? 0)
}

/** Where an address of this machine is; `undefined` when it has it not. */
export function findAddress(host: Host, address: string): HostAddress | undefined {
  return host.addresses.find((one) => one.address === address)
}

/** A place of a real server in a virtual service. */
export interface Place {
  readonly service: VirtualService
  readonly server: RealServer
}

/** What this machine serves, as a real server. */
export function placesOf(host: Host): readonly Place[] {
  return (host.cluster?.virtualServices ?? []).flatMap((service) =>
    service.realServers
      .filter(({ name }) => name === host.serverName)
      .map((server) => ({ service, server })),
  )
}

/** The address of a virtual service; firewall marks have none. */
export function vipOf({ address }: VirtualService): string | undefined {
  return address.type === 'address' ? address.address : undefined
}

/** Each once, in order. */
export function unique<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Set(items)]
}

function readAddress(device: string, entry: unknown): HostAddress[] {
  const { success, data } = addressSchema.safeParse(entry)
  if (!success) return []
  const { family, local, prefixlen, deprecated, preferred_life_time: preferred } = data
  return [
    {
      ...{ device, address: local, prefix: prefixlen, family: family === 'inet' ? 4 : 6 },
      isDeprecated: deprecated === true || preferred === 0,
    },
  ]
}

function serverNameOf(
  cluster: Cluster | undefined,
  addresses: readonly HostAddress[],
): string | undefined {
  const own = new Set(addresses.map(({ address }) => address))
  return cluster?.virtualServices
    .flatMap(({ realServers }) => realServers)
    .find(({ address }) => own.has(address))?.name
}

/** What a program of iproute2 prints with `-j`; nothing at all where it found nothing. */
function readJson<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
