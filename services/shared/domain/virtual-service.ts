import type { AlertingPolicy } from './alerting.ts'
import type { CheckSpec } from './check-spec.ts'
import type { GuardPolicy } from './guards.ts'
import type { ServerHooks, ServiceHooks } from './hooks.ts'
import { type Family, hostPort } from './ip-address.ts'
import type { MaintenanceWindow } from './maintenance-window.ts'
import type { PoolPolicy } from './pool.ts'
import type { Sysctls } from './sysctl.ts'
import type { DynamicWeightPolicy, SlowStartPolicy } from './weight-policy.ts'

/** Transport protocols that IPVS balances. */
export type Protocol = 'tcp' | 'udp' | 'sctp'

/** How clients reach a virtual service: an address, or a firewall mark. */
export type ServiceAddress =
  | {
      readonly type: 'address'
      readonly protocol: Protocol
      readonly family: Family
      readonly address: string
      readonly port: number
    }
  | { readonly type: 'fwmark'; readonly family: Family; readonly mark: number }

/** How packets reach a real server (ipvsadm -m, -i, -g). */
export type ForwardingMethod = 'masquerade' | 'tunnel' | 'direct-route'

/** Encapsulation of the `tunnel` forwarding method (ipvsadm --tun-type). */
export type Tunnel =
  | { readonly type: 'ipip' }
  | { readonly type: 'gue'; readonly port: number; readonly checksum: TunnelChecksum }
  | { readonly type: 'gre'; readonly checksum: TunnelChecksum }

/** Checksum of the outer packet (ipvsadm --tun-nocsum, --tun-csum, --tun-remcsum). */
export type TunnelChecksum = 'none' | 'checksum' | 'remote'

/** Names of the kernel's schedulers (Linux net/netfilter/ipvs). */
export const SCHEDULERS = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'dh',
  'sh',
  'sed',
  'nq',
  'fo',
  'ovf',
  'mh',
] as const
export type Scheduler = (typeof SCHEDULERS)[number]

/**
 * ipvsadm --sched-flags. `sh-` and `mh-` names are the kernel's flag-1 (fallback) and flag-2
 * (port).
 */
export const SCHEDULER_FLAGS = [
  'sh-fallback',
  'sh-port',
  'mh-fallback',
  'mh-port',
  'flag-1',
  'flag-2',
  'flag-3',
] as const
export type SchedulerFlag = (typeof SCHEDULER_FLAGS)[number]

/** One client keeps its real server (ipvsadm -p, -M, --pe). */
export interface Persistence {
  readonly timeoutS: number
  /** Prefix length: 32 or 128 is one client, less is a network of clients. */
  readonly netmask: number
  readonly engine?: 'sip'
}

/** Where traffic goes when no real server is left. Never checked. */
export interface SorryServer {
  readonly address: string
  readonly port: number
  readonly forwarding: ForwardingMethod
}

/** One real server in one virtual service. */
export interface RealServer {
  /** Name in the cluster file; an operator drains it by this. */
  readonly name: string
  readonly address: string
  readonly family: Family
  /** As IPVS wants it: 0 in a fwmark service. */
  readonly port: number
  readonly zone?: string
  /** For routes of alerts. */
  readonly labels?: Readonly<Record<string, string>>
  /** A backup, the lower the sooner; absent for those that always serve. */
  readonly tier?: number
  /** Configured weight, 0 to 65535. */
  readonly weight: number
  readonly forwarding: ForwardingMethod
  readonly tunnel?: Tunnel
  /** Connections; 0 is no limit (ipvsadm -x, -y). */
  readonly upperThreshold: number
  readonly lowerThreshold: number
  readonly hooks?: ServerHooks
  /** All must pass; none at all means always up. */
  readonly checks: readonly CheckSpec[]
}

/** A service that clients reach at one address, and the real servers behind it. */
export interface VirtualService {
  readonly name: string
  readonly address: ServiceAddress
  readonly scheduler: Scheduler
  readonly schedulerFlags: readonly SchedulerFlag[]
  readonly onePacket: boolean
  readonly persistence?: Persistence
  /** What a failed real server becomes: weight 0, or gone from the table. */
  readonly onFailure: 'quiesce' | 'remove'
  /** Share (0 to 1) of the enabled weight that stays in the table whatever the checks say. */
  readonly panicThreshold: number
  /** Further guards; none when absent. */
  readonly guards?: GuardPolicy
  /** One real server is enough, and backups serve when none is up, when absent. */
  readonly pool?: PoolPolicy
  readonly slowStart?: SlowStartPolicy
  readonly dynamicWeight?: DynamicWeightPolicy
  readonly hooks?: ServiceHooks
  /** Directors that serve it; all of them when absent. */
  readonly directors?: readonly string[]
  readonly sorryServer?: SorryServer
  readonly probeFrom?: ProbeFrom
  /** For routes of alerts. */
  readonly labels?: Readonly<Record<string, string>>
  readonly realServers: readonly RealServer[]
}

/** From where the real servers of a service are looked at, and how many must agree. */
export interface ProbeFrom {
  /** All vantages with a live prober when absent. */
  readonly vantages?: readonly string[]
  /** Vantages that must agree; a majority of those that count when absent. */
  readonly quorum?: number
}

/** A place that probers look from. */
export interface Vantage {
  readonly name: string
  /** Checks of what is known to be good: a vantage that fails them does not count. */
  readonly canaries: readonly CheckSpec[]
}

/** What the cluster file says, resolved and with every default filled in. */
export interface Cluster {
  readonly name: string
  /** Those that the file names; probers may look from others, too. */
  readonly vantages?: readonly Vantage[]
  readonly virtualServices: readonly VirtualService[]
  /** Settings of the kernel that every director shall have. */
  readonly sysctls?: Sysctls
  readonly maintenance?: readonly MaintenanceWindow[]
  /** Whom to tell what is wrong; nobody when absent. */
  readonly alerting?: AlertingPolicy
  /** Every director; whoever reports when absent. */
  readonly directors?: readonly string[]
}

/** Identity of a virtual service in a table: `tcp/192.0.2.10:80`, `fwmark/7`, `fwmark/7/ipv6`. */
export type ServiceKey = string & { readonly brand: 'ServiceKey' }

/** The one way to make a `ServiceKey`. */
export function serviceKey(address: ServiceAddress): ServiceKey {
  if (address.type === 'fwmark') {
    return `fwmark/${address.mark}${address.family === 6 ? '/ipv6' : ''}` as ServiceKey
  }
  return `${address.protocol}/${hostPort(address.address, address.port)}` as ServiceKey
}

/** As people write it in the cluster file: `192.0.2.10:80/tcp`, `fwmark:7`, `fwmark:7/ipv6`. */
export function formatServiceAddress(address: ServiceAddress): string {
  if (address.type === 'fwmark')
    return `fwmark:${address.mark}${address.family === 6 ? '/ipv6' : ''}`
  return `${hostPort(address.address, address.port)}/${address.protocol}`
}

/**
 * These build their lookup table from the weights, so a changed weight sends clients of other
 * servers elsewhere (kernel ip_vs_sh.c, ip_vs_mh.c; ip_vs_dh.c does not look at weights).
 */
export function movesClientsOnWeightChange({
  scheduler,
}: Pick<VirtualService, 'scheduler'>): boolean {
  return scheduler === 'sh' || scheduler === 'mh'
}

/** At weight 0 these leave clients hashed to the server without one (kernel ip_vs_{sh,mh,dh}.c). */
export function blackHolesAtZero(
  service: Pick<VirtualService, 'scheduler' | 'schedulerFlags'>,
): boolean {
  const { scheduler, schedulerFlags } = service
  if (scheduler === 'dh') return true
  if (scheduler !== 'sh' && scheduler !== 'mh') return false
  return !schedulerFlags.includes(`${scheduler}-fallback`) && !schedulerFlags.includes('flag-1')
}
