import type { DesiredTable, TableVersion } from '../shared/domain/desired-table.ts'
import type { DirectorReport } from '../shared/domain/director-report.ts'
import type { ChangeFailure } from '../shared/domain/table.ts'

/** What an agent does with the table of its kernel. Calls may not overlap. */
export interface Keeper {
  desired: DesiredTable | undefined
  /** Why the table is not as it should be, for people. */
  problem: string | undefined
  /** Of the table that was taken last; zeros before there was one. */
  readonly version: TableVersion
  /** What was desired so far counts for nothing: whoever leads now is to send its table. */
  forgetDesired(): void
  /** Reads the table, and puts right what is to be put right. */
  readBack(): Promise<void>
  /** Applies what lacks between the last reading and what is desired; false when nothing did. */
  converge(): Promise<boolean>
  /** What there is to report; drift and refusals are news only once. */
  takeFindings(): Pick<DirectorReport, 'services' | 'foreign' | 'drift' | 'failures' | 'problem'>
  /** Takes our services out; what was refused comes back. */
  clear(): Promise<readonly ChangeFailure[]>
}
