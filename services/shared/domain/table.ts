import type {
  ForwardingMethod,
  Persistence,
  SchedulerFlag,
  ServiceAddress,
  Tunnel,
} from './virtual-service.ts'

/** A real server as a row of an IPVS table: identity and configuration, no counters. */
export interface TableServer {
  readonly address: string
  readonly port: number
  readonly forwarding: ForwardingMethod
  readonly tunnel?: Tunnel
  readonly weight: number
  readonly upperThreshold: number
  readonly lowerThreshold: number
}

/** A virtual service of an IPVS table without its rows. */
export interface TableServiceHead {
  readonly address: ServiceAddress
  /** A plain string: a kernel may hold schedulers that we do not know. */
  readonly scheduler: string
  readonly schedulerFlags: readonly SchedulerFlag[]
  readonly onePacket: boolean
  readonly persistence?: Persistence
}

/** A virtual service of an IPVS table with its rows. */
export interface TableService extends TableServiceHead {
  readonly servers: readonly TableServer[]
}

/** A whole table. Two tables that differ only in counters are equal by type. */
export type Table = readonly TableService[]

/** The kernel's statistics of a service or a row (IPVS_STATS_ATTR_*, 64 bits; exact up to 2^53). */
export interface TrafficStats {
  readonly connections: number
  readonly inPackets: number
  readonly outPackets: number
  readonly inBytes: number
  readonly outBytes: number
  /** Per second, by the kernel's own estimator. */
  readonly connectionRate: number
  readonly inPacketRate: number
  readonly outPacketRate: number
  readonly inByteRate: number
  readonly outByteRate: number
}

/** Connections of one row, as the kernel counts them. */
export interface ConnectionCounts {
  readonly active: number
  readonly inactive: number
  /** Persistence templates. */
  readonly persistent: number
}

/** A row as a kernel holds it. */
export interface CountedServer extends TableServer {
  /**
   * The address is the director's own: the kernel delivers by itself whatever the forwarding method
   * is, and older kernels read back a method that nobody set (IP_VS_CONN_F_LOCALNODE).
   */
  readonly local?: true
  readonly counts: ConnectionCounts
  readonly stats: TrafficStats
}

/** A virtual service as a kernel holds it. */
export interface CountedService extends TableServiceHead {
  readonly stats: TrafficStats
  readonly servers: readonly CountedServer[]
}

/** What a kernel really holds. */
export type CountedTable = readonly CountedService[]

/** One step from the actual table to the desired one. */
export type Change =
  | { readonly type: 'add-service'; readonly service: TableServiceHead }
  | { readonly type: 'edit-service'; readonly service: TableServiceHead }
  | { readonly type: 'remove-service'; readonly service: ServiceAddress }
  | { readonly type: 'add-server'; readonly service: ServiceAddress; readonly server: TableServer }
  | { readonly type: 'edit-server'; readonly service: ServiceAddress; readonly server: TableServer }
  | {
      readonly type: 'remove-server'
      readonly service: ServiceAddress
      readonly server: Pick<TableServer, 'address' | 'port'>
    }

/** A change that the kernel refused. */
export interface ChangeFailure {
  readonly change: Change
  /** Symbolic errno where there is one: `ENOENT`, `EPERM`. */
  readonly code: string
  readonly message: string
}
