import { createMailNotifier } from '../shared/adapters/mail-notifier.ts'
import { openChannel } from '../shared/adapters/notifiers/registry.ts'
import { readSecretSource } from '../shared/adapters/read-secret-source.ts'
import { createWebhookNotifier } from '../shared/adapters/webhook-notifier.ts'
import type { ApartFlags } from '../shared/process/apart-options.ts'
import { runApart } from '../shared/process/run-apart.ts'
import { createAlerter } from './alerter.ts'
import { type AlerterFlags, readAlerterFlags } from './alerter-flags.ts'

/** The command line of `lvs-warden alerter`. */
export interface AlerterProcessFlags extends ApartFlags, AlerterFlags {}

/** Runs one alerter, telling people or standing by, until a signal ends it. */
export async function runAlerter(flags: AlerterProcessFlags): Promise<void> {
  const { webhook, mail, programs } = readAlerterFlags(flags)
  const notifiers = [
    ...(webhook ? [createWebhookNotifier(webhook)] : []),
    ...(mail ? [createMailNotifier(mail)] : []),
  ]
  await runApart('alerter', flags, ({ cluster, name, ports }) =>
    createAlerter(
      { cluster, name },
      {
        ...ports,
        notifiers,
        openChannel: (settings) =>
          openChannel(settings, {
            clock: ports.clock,
            readSecret: readSecretSource,
            ...(programs !== undefined && { programs }),
          }),
      },
    ),
  )
}
