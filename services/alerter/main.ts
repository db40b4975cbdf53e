import { channelOpener } from '../shared/adapters/notifiers/channel-opener.ts'
import type { ApartFlags } from '../shared/process/apart-options.ts'
import { runApart } from '../shared/process/run-apart.ts'
import { createAlerter } from './alerter.ts'
import { type AlerterFlags, readAlerterFlags } from './alerter-flags.ts'

/** The command line of `lvs-warden alerter`. */
export interface AlerterProcessFlags extends ApartFlags, AlerterFlags {}

/** Runs one alerter, telling people or standing by, until a signal ends it. */
export async function runAlerter(flags: AlerterProcessFlags): Promise<void> {
  const { fallback, programs } = readAlerterFlags(flags)
  await runApart('alerter', flags, ({ cluster, name, ports }) =>
    createAlerter(
      { cluster, name, fallback },
      { ...ports, openChannel: channelOpener(ports.clock, programs) },
    ),
  )
}
