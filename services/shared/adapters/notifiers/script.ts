import type { SettingsOf } from '../../domain/channel.ts'
import type { Notification } from '../../domain/notification.ts'
import type { Notifier, NotifierDeps } from '../../ports/notifier.ts'
import { isoTime } from '../../runtime/iso-time.ts'
import { notificationWords, placeholdersOf } from './notification-words.ts'
import { didNotRun, runAlertProgram } from './run-alert-program.ts'

/** sysexits.h: usage, no permission, configuration; and a shell's "cannot run that". */
const HOPELESS = new Set([64, 77, 78, 126, 127])

/**
 * Runs a program that tells people: the subject is the first line of its standard input, the text
 * follows. Status 0 is "told"; 64, 77 and 78 (sysexits.h) are not tried again, all others are.
 */
export function openScript(settings: SettingsOf<'script'>, deps: NotifierDeps): Notifier {
  const { command, timeoutMs } = settings
  const [name = '', ...words] = command
  return {
    isIdempotent: false,
    async send(notification, signal) {
      const said = notificationWords(notification, settings)
      const program = {
        name,
        arguments: words,
        environment: environmentOf(notification, said.subject),
        input: `${said.subject}\n${said.text}`,
        timeoutMs,
      }
      const end = await runAlertProgram(program, deps, signal)
      if (didNotRun(end)) return end
      if (end.ok) return { outcome: 'delivered' }
      const { status = 0 } = end
      return {
        outcome: 'failed',
        reason: `${name}: ${end.detail}`,
        isPermanent: HOPELESS.has(status),
      }
    },
    close: () => undefined,
  }
}

function environmentOf(
  notification: Notification,
  subject: string,
): Readonly<Record<string, string>> {
  const values = placeholdersOf(notification, { subject, text: '' })
  return {
    LVS_CLUSTER: values.cluster,
    LVS_KIND: values.kind,
    LVS_SEVERITY: values.severity,
    LVS_SUBJECT: subject,
    LVS_INCIDENT: values.incident,
    LVS_LEVEL: values.level,
    LVS_SERVICES: values.services,
    LVS_SERVERS: values.servers,
    LVS_ID: notification.dedupKey,
    LVS_SINCE: isoTime(notification.since),
  }
}
