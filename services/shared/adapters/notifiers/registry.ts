import type { ChannelSettings } from '../../domain/channel.ts'
import type { Notifier, NotifierDeps, NotifierRegistry } from '../../ports/notifier.ts'
import { openMail } from './mail.ts'
import { openMon } from './mon.ts'
import { openNtfy } from './ntfy.ts'
import { openPagerDuty } from './pagerduty.ts'
import { openScript } from './script.ts'
import { openSlack } from './slack.ts'
import { openTelegram } from './telegram.ts'
import { openWebhook } from './webhook.ts'

/** Every type of channel. */
export const notifiers: NotifierRegistry = {
  mail: openMail,
  webhook: openWebhook,
  pagerduty: openPagerDuty,
  slack: openSlack,
  telegram: openTelegram,
  ntfy: openNtfy,
  script: openScript,
  mon: openMon,
}

/** Opens a channel of whatever type. */
export function openChannel(settings: ChannelSettings, deps: NotifierDeps): Notifier {
  const open: (settings: never, deps: NotifierDeps) => Notifier = notifiers[settings.type]
  return open(settings as never, deps)
}
