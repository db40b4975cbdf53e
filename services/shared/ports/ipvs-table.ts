import type { Change, ChangeFailure, CountedTable } from '../domain/table.ts'

/**
 * The door to one IPVS table. Every call may throw a `ServiceError` that says what to do about it.
 */
export interface IpvsTable {
  /** Short name for people: `kernel`, `ipvsadm`, `memory`. */
  readonly name: string
  /**
   * Version of IPVS and what else is worth showing; throws when there is no IPVS or no right to it.
   */
  describe(): Promise<IpvsDescription>
  /** Everything the table holds, ours and foreign. */
  read(): Promise<CountedTable>
  /** Applies in the order given, going on after a refusal; returns what was refused. */
  apply(changes: readonly Change[]): Promise<readonly ChangeFailure[]>
  close(): void
}

/** What an IPVS table says about itself. */
export interface IpvsDescription {
  /** `1.2.1`; absent where there is no kernel. */
  readonly version?: string
  /** Size of the kernel's connection table. */
  readonly connectionTableSize?: number
}
