import type { SettingsOf } from '../../domain/channel.ts'
import type { Notification, NotificationKind } from '../../domain/notification.ts'
import type { Notifier, NotifierDeps } from '../../ports/notifier.ts'
import { notificationWords } from './notification-words.ts'
import { didNotRun, runAlertProgram } from './run-alert-program.ts'

/** What mon 1.3.6 (`call_alert`) says of an alert: MON_ALERTTYPE, and the switch of its own. */
interface MonKind {
  readonly type: 'failure' | 'up' | 'ack' | 'startup' | 'test'
  readonly flag?: '-u' | '-a'
  /** MON_OPSTATUS: 0 is a failure, 1 is well (`$STAT_FAIL`, `$STAT_OK`). */
  readonly status: 0 | 1
}

const FAILURE: MonKind = { type: 'failure', status: 0 }
const KINDS: Readonly<Record<NotificationKind, MonKind>> = {
  down: FAILURE,
  escalation: FAILURE,
  reminder: FAILURE,
  up: { type: 'up', flag: '-u', status: 1 },
  ack: { type: 'ack', flag: '-a', status: 0 },
  startup: { type: 'startup', status: 1 },
  test: { type: 'test', status: 1 },
  // mon has none; a script that does not look at the type mails it like any other.
  digest: { type: 'startup', status: 1 },
}

/**
 * Runs an alert script of mon as mon does: switches first, the arguments of the configuration
 * after them, MON_* in the environment, the summary and the details on standard input. mon never
 * looked at the status of a script; here one that is not 0 is a failure, but nothing is run twice
 * for it, because a script of those days may well have told people all the same.
 */
export function openMon(settings: SettingsOf<'mon'>, deps: NotifierDeps): Notifier {
  const { command, environment = {}, timeoutMs } = settings
  const [name = '', ...words] = command
  return {
    isIdempotent: false,
    async send(notification, signal) {
      const said = notificationWords(notification, settings)
      const output = `${said.subject}\n${said.text}`
      const program = {
        name,
        arguments: [...switchesOf(notification), ...words],
        environment: { ...environment, ...variablesOf(notification, said.subject, output) },
        input: output,
        timeoutMs,
      }
      const end = await runAlertProgram(program, deps, signal)
      if (didNotRun(end)) return end
      if (end.ok) return { outcome: 'delivered' }
      return { outcome: 'failed', reason: `${name}: ${end.detail}`, isPermanent: true }
    },
    close: () => undefined,
  }
}

/** mon(8), ALERT PROGRAMS; in the order of `call_alert`. */
function switchesOf({ mon, kind, at }: Notification): readonly string[] {
  const { flag } = KINDS[kind]
  return [
    ...['-s', mon.service],
    ...['-g', mon.group],
    ...['-h', mon.hosts.join(' ')],
    ...['-t', String(seconds(at))],
    ...(flag === undefined ? [] : [flag]),
  ]
}

function variablesOf(
  { mon, kind, ack }: Notification,
  summary: string,
  output: string,
): Readonly<Record<string, string>> {
  const { type, status } = KINDS[kind]
  const { group, service, firstFailureAt, lastFailureAt, lastSuccessAt } = mon
  return {
    MON_LAST_SUMMARY: summary,
    MON_LAST_OUTPUT: output,
    ...(firstFailureAt !== undefined && { MON_FIRST_FAILURE: `${seconds(firstFailureAt)}` }),
    ...(lastFailureAt !== undefined && { MON_LAST_FAILURE: `${seconds(lastFailureAt)}` }),
    ...(lastSuccessAt !== undefined && { MON_LAST_SUCCESS: `${seconds(lastSuccessAt)}` }),
    MON_GROUP: group,
    MON_SERVICE: service,
    MON_RETVAL: status === 0 ? '1' : '0',
    MON_OPSTATUS: String(status),
    ...(ack && { MON_ACK: ack.reason }),
    MON_ALERTTYPE: type,
    MON_STATEDIR: '/var/lib/mon/state.d',
    MON_LOGDIR: '/var/log/mon',
    MON_CFBASEDIR: '/etc/mon',
  }
}

function seconds(at: number): number {
  return Math.floor(at / 1000)
}
