/** One of the kernel's settings under `net.ipv4.vs`. */
export interface SysctlRange {
  readonly min: number
  readonly max: number
  /** What the kernel starts with, where that does not depend on the machine. */
  readonly byDefault?: number
  readonly meaning: string
}

const MAX_INT = 0x7fff_ffff

/**
 * The settings of IPVS that a cluster file may ask for and that every director reports, by their
 * names under `net.ipv4.vs` (kernel Documentation/networking/ipvs-sysctl.rst). Left out are those
 * of the estimators, without which there are no rates, and `sync_threshold`, which is two numbers.
 */
export const SYSCTLS = {
  am_droprate: range(0, MAX_INT, 10, 'Drop one packet in so many while drop_packet is at work.'),
  amemthresh: range(0, MAX_INT, 1024, 'Pages of free memory under which modes 1 of drop_* begin.'),
  backup_only: range(0, 1, 0, 'A backup of the sync daemon forwards nothing itself.'),
  cache_bypass: range(0, 1, 0, 'Forward to the real destination when no cache server is left.'),
  conn_reuse_mode: range(
    0,
    3,
    1,
    'A client port that is used again: 0 keeps its old real server, even one at weight 0.',
  ),
  conntrack: range(0, 1, 0, 'Keep entries of netfilter for the connections of IPVS.'),
  drop_entry: range(0, 3, 0, 'Drop half-open connections when memory is short.'),
  drop_packet: range(0, 3, 0, 'Drop packets when memory is short.'),
  expire_nodest_conn: range(
    0,
    1,
    0,
    'End a connection whose real server left the table; 0 drops its packets in silence.',
  ),
  expire_quiescent_template: range(
    0,
    1,
    0,
    'A persistence template ends when its real server is at weight 0.',
  ),
  ignore_tunneled: range(0, 1, 0, 'Do not balance what comes out of a tunnel.'),
  nat_icmp_send: range(0, 1, 0, 'Tell clients by ICMP that a masqueraded connection is not known.'),
  pmtu_disc: range(0, 1, 1, 'Answer packets that are too long for a tunnel with ICMP.'),
  schedule_icmp: range(0, 1, 0, 'Schedule ICMP that belongs to no connection.'),
  secure_tcp: range(0, 3, 0, 'Other TCP states and time-outs when memory is short.'),
  sloppy_sctp: range(0, 1, 0, 'Begin SCTP connections with any packet.'),
  sloppy_tcp: range(0, 1, 0, 'Begin TCP connections with any packet, not just SYN.'),
  snat_reroute: range(0, 1, 1, 'Route replies of masqueraded real servers anew.'),
  sync_persist_mode: range(0, 1, 0, 'What the sync daemon tells of persistent connections.'),
  sync_ports: range(1, 64, 1, 'Threads and ports of the sync daemon.'),
  sync_qlen_max: range(0, MAX_INT, undefined, 'Messages that wait for the sync daemon.'),
  sync_refresh_period: range(0, MAX_INT, 0, 'Seconds between two messages about a connection.'),
  sync_retries: range(0, 3, 0, 'How often the sync daemon says a message again.'),
  sync_version: range(0, 1, 1, 'Version of the sync protocol; 0 is for kernels before 2.6.39.'),
} as const satisfies Readonly<Record<string, SysctlRange>>

/** Name of a setting under `net.ipv4.vs`. */
export type SysctlName = keyof typeof SYSCTLS

/** All of them, in the order of the alphabet. */
export const SYSCTL_NAMES = Object.keys(SYSCTLS) as readonly SysctlName[]

/** What is wanted of some of them; the others are left as they are. */
export type Sysctls = { readonly [Name in SysctlName]?: number }

/** One setting as a director found it. */
export interface SysctlState {
  readonly name: SysctlName
  /** Absent where the kernel has no such setting. */
  readonly value?: number
  /** What the cluster file asks for. */
  readonly wanted?: number
  /** Why it is not as wanted, and what to do. */
  readonly problem?: string
}

function range(
  min: number,
  max: number,
  byDefault: number | undefined,
  meaning: string,
): SysctlRange {
  return { min, max, ...(byDefault !== undefined && { byDefault }), meaning }
}
