import type { Sysctls } from './sysctl.ts'
import type { Table } from './table.ts'

/**
 * The fence against two controllers: `epoch` grows with every controller that takes the lead,
 * `generation` with every change that it makes. A director refuses anything older than it has seen.
 */
export interface TableVersion {
  readonly epoch: number
  readonly generation: number
}

/** The whole table that a director shall hold. */
export interface DesiredTable extends TableVersion {
  readonly services: Table
  /** Settings of the kernel that the cluster file asks for. */
  readonly sysctls?: Sysctls
}

/** Negative when `a` is older than `b`, 0 when they are the same, positive when newer. */
export function compareVersions(a: TableVersion, b: TableVersion): number {
  return a.epoch === b.epoch ? a.generation - b.generation : a.epoch - b.epoch
}
