import { openHistory } from '../shared/adapters/open-history.ts'
import type { ApartFlags } from '../shared/process/apart-options.ts'
import { runApart } from '../shared/process/run-apart.ts'
import { type HistoryFlags, readHistorySettings } from '../shared/runtime/history-settings.ts'
import { createHistorian } from './historian.ts'

/** The command line of `lvs-warden historian`. */
export interface HistorianFlags extends ApartFlags, HistoryFlags {
  readonly state: string
}

/** Runs one historian, writing or standing by, until a signal ends it. */
export async function runHistorian({ state: stateDir, ...flags }: HistorianFlags): Promise<void> {
  const settings = readHistorySettings(flags)
  await runApart('historian', flags, async ({ cluster, name, ports }) => {
    const history = await openHistory(settings, { stateDir, ...ports })
    return createHistorian({ cluster, name }, { ...ports, history })
  })
}
