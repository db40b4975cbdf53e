import { createHash } from 'node:crypto'
import type { SettingsOf } from '../../domain/channel.ts'
import type { Notification } from '../../domain/notification.ts'
import { fillTemplate } from '../../domain/template.ts'
import { escapeHtml } from './escape-html.ts'
import { mailHtml } from './mail-html.ts'
import { notificationWords, placeholdersOf } from './notification-words.ts'

/**
 * A notification as a mail. All mails of an incident refer to one Message-ID (RFC 5322 section
 * 3.6.4), which none of them has: programs show them as one thread, whichever came first. The
 * Message-ID comes of the notification, so that a repetition is the same mail.
 */
export function mailOf(notification: Notification, settings: SettingsOf<'mail'>) {
  const { from, to, html } = settings
  const { threadKey, dedupKey, incident, severity, kind, at } = notification
  const words = notificationWords(notification, settings)
  const host = from.slice(from.lastIndexOf('@') + 1)
  const root = `<${digestOf(threadKey)}.incident@${host}>`
  const isUrgent = severity === 'critical' && kind !== 'up' && kind !== 'ack'
  return {
    from: { name: 'LVS Warden', address: from },
    to: [...to],
    subject: words.subject,
    date: new Date(at),
    messageId: `<${digestOf(dedupKey)}@${host}>`,
    inReplyTo: root,
    references: root,
    text: words.text,
    html:
      html === undefined
        ? mailHtml(notification, words)
        : fillTemplate(html, placeholdersOf(notification, words), escapeHtml),
    headers: {
      // Nobody on holiday answers it (RFC 3834 section 5).
      'Auto-Submitted': 'auto-generated',
      'X-LVS-Warden-Kind': kind,
      ...(isUrgent && { Importance: 'High', 'X-Priority': '1' }),
      ...(incident !== undefined && { 'X-LVS-Warden-Incident': incident }),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32)
}
