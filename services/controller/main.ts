import type { ApartFlags } from '../shared/process/apart-options.ts'
import { makeStores } from '../shared/process/make-stores.ts'
import { putFirstRevision } from '../shared/process/put-first-revision.ts'
import { runApart } from '../shared/process/run-apart.ts'
import { createController } from './controller.ts'

/** Directors report each second: whoever lives is heard within this time after the first. */
const GATHER_MS = 2500

/** The command line of `lvs-warden controller`. */
export interface ControllerFlags extends ApartFlags {
  /** Put in force when there is no revision yet. */
  readonly clusterFile?: string
}

/** Runs one controller, leader or standby, until a signal ends it. */
export async function runController({ clusterFile, ...flags }: ControllerFlags): Promise<void> {
  await runApart('controller', flags, async ({ cluster, name, ports }) => {
    await makeStores(cluster, ports.bus)
    if (clusterFile) await putFirstRevision(cluster, clusterFile, ports)
    return createController({ cluster, name, gatherMs: GATHER_MS }, ports)
  })
}
