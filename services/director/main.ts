import { createFileTableStore } from '../shared/adapters/file-table-store.ts'
import { createSystemClock } from '../shared/adapters/system-clock.ts'
import type { ApartFlags } from '../shared/process/apart-options.ts'
import { runApart } from '../shared/process/run-apart.ts'
import { openTable, type TableName } from '../shared/process/tables.ts'
import { createService } from '../shared/runtime/service.ts'
import { createDirector } from './director.ts'
import { RebootGuard } from './reboot-guard.ts'

/** The command line of `lvs-warden director`. */
export interface DirectorFlags extends ApartFlags {
  readonly table: TableName
  readonly clearOnExit: boolean
  readonly shadow: boolean
  /** Folder of the programs that may be run as hooks. */
  readonly hooks?: string
  /** Folder where the table is kept over a reboot. */
  readonly state: string
}

/** Runs the agent of one director until a signal ends it; the table stays as it is. */
export async function runDirector(options: DirectorFlags): Promise<void> {
  const { table, clearOnExit, shadow, hooks, state, ...flags } = options
  const open = () => openTable(table)
  let guard: RebootGuard | undefined
  await runApart(
    'director',
    flags,
    async ({ cluster, name, ports }) =>
      createDirector(
        { cluster, name, clearOnExit, shadow, ...(hooks && { hooks }) },
        { ...ports, ...(await open()), ...(guard && { guard }) },
      ),
    ({ name, logger }) => {
      // A table in memory ends with this process, and one in the shadow is somebody else's.
      if (table === 'memory' || shadow) return undefined
      const store = createFileTableStore(state, name)
      const made = new RebootGuard({ store, open, clock: createSystemClock(), logger })
      guard = made
      return createService({ start: () => made.start(), stop: () => made.stop() })
    },
  )
}
