import type { DesiredTable } from './desired-table.ts'

/** The table that a director held last, and in which life of its kernel. */
export interface KeptTable {
  /** A name of that life: another after every reboot. */
  readonly boot: string
  readonly table: DesiredTable
}
