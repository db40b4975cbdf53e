import type { TableVersion } from './desired-table.ts'
import type { Drift } from './drift.ts'
import type { SysctlState } from './sysctl.ts'
import type { ChangeFailure, CountedTable } from './table.ts'
import type { ServiceKey } from './virtual-service.ts'

/** What a director says once a second and after every change: what its kernel really holds. */
export interface DirectorReport extends TableVersion {
  readonly director: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Name of the table adapter: `kernel`, `ipvsadm`, `memory`. */
  readonly adapter: string
  /** IPVS version of the kernel, `1.2.1`. */
  readonly ipvs?: string
  /** Size of the kernel's connection table. */
  readonly connectionTableSize?: number
  /** The kernel's settings under `net.ipv4.vs`; none where there is no kernel. */
  readonly sysctls: readonly SysctlState[]
  /** Somebody else holds its table: it looks and writes nothing. */
  readonly shadow?: true
  /** The highest epoch that it let in, in this life or before: tables of a lower are refused. */
  readonly seenEpoch?: number
  /** Since when no controller is heard that it obeys; milliseconds since the epoch. */
  readonly unmanagedSince?: number
  /** Whose tables it refuses for being older than what it has seen, in words. */
  readonly refusing?: string
  /** The whole table, foreign services included. */
  readonly services: CountedTable
  /** Services in the table that are not ours to touch. */
  readonly foreign: readonly ServiceKey[]
  /** What others changed in our services since the last report; repaired. */
  readonly drift: readonly Drift[]
  /** Changes that the kernel refused since the last report. */
  readonly failures: readonly ChangeFailure[]
  /** Why the table could not be read or written; `services` is then the last that was read. */
  readonly problem?: string
}
