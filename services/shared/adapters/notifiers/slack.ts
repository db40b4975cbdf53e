import type { SettingsOf } from '../../domain/channel.ts'
import type { Notification } from '../../domain/notification.ts'
import type { Notifier, NotifierDeps } from '../../ports/notifier.ts'
import { notificationWords, type Wording } from './notification-words.ts'
import { createPoster, isResult, judgeAnswer } from './post.ts'
import { readSecrets } from './read-secrets.ts'
import { shorten } from './shorten.ts'
import { toneOf } from './tone.ts'

/** Slack cuts longer attachments off behind a button. */
const MAX_TEXT = 3000
const MAX_SUBJECT = 300

/**
 * Incoming webhook of Slack; `text` and `attachments` are what Mattermost and Rocket.Chat take,
 * too.
 */
export function openSlack(settings: SettingsOf<'slack'>, deps: NotifierDeps): Notifier {
  const { url: source, room, timeoutMs } = settings
  const { clock } = deps
  const poster = createPoster()
  return {
    isIdempotent: false,
    async send(notification, signal) {
      const read = readSecrets(deps, { url: source })
      if ('failed' in read) return read.failed
      const { url } = read.ok
      const message = {
        ...(room !== undefined && { channel: room }),
        ...said(notification, settings),
      }
      const secrets = [url, new URL(url).pathname.slice(1)]
      const posting = { url, body: JSON.stringify(message), secrets }
      const answer = await poster.post(posting, { clock, timeoutMs, signal })
      return isResult(answer) ? answer : judgeAnswer(answer, secrets)
    },
    close: poster.close,
  }
}

function said(notification: Notification, wording: Wording): object {
  const { subject, text } = notificationWords(notification, wording)
  const { emoji, color } = toneOf(notification)
  return {
    text: `${emoji} *${escapeMarkup(shorten(subject, MAX_SUBJECT))}*`,
    attachments: [
      {
        color,
        fallback: shorten(subject, MAX_SUBJECT),
        text: escapeMarkup(shorten(text, MAX_TEXT)),
        mrkdwn_in: [],
      },
    ],
  }
}

/** The three characters that Slack wants escaped; so no name can mention or link anything. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
