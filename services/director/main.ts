import type { ApartFlags } from '../shared/process/apart-options.ts'
import { runApart } from '../shared/process/run-apart.ts'
import { openTable, type TableName } from '../shared/process/tables.ts'
import { createDirector } from './director.ts'

/** The command line of `lvs-warden director`. */
export interface DirectorFlags extends ApartFlags {
  readonly table: TableName
  readonly clearOnExit: boolean
  /** Folder of the programs that may be run as hooks. */
  readonly hooks?: string
}

/** Runs the agent of one director until a signal ends it; the table stays as it is. */
export async function runDirector(options: DirectorFlags): Promise<void> {
  const { table, clearOnExit, hooks, ...flags } = options
  await runApart('director', flags, async ({ cluster, name, ports }) =>
    createDirector(
      { cluster, name, clearOnExit, ...(hooks && { hooks }) },
      { ...ports, ...(await openTable(table)) },
    ),
  )
}
