import type { SettingsOf } from '../../domain/channel.ts'
import type { Notification } from '../../domain/notification.ts'
import type { Notifier, NotifierDeps } from '../../ports/notifier.ts'
import { escapeHtml } from './escape-html.ts'
import { notificationWords, type Wording } from './notification-words.ts'
import { createPoster, isResult, judgeAnswer, type PostAnswer } from './post.ts'
import { readSecrets } from './read-secrets.ts'
import { shorten } from './shorten.ts'
import { toneOf } from './tone.ts'

const SERVER = 'https://api.telegram.org'
/** sendMessage takes 4096 characters, counted without the markup. */
const MAX_TEXT = 3500
const MAX_SUBJECT = 300
const LOUD = 4

/** A bot of Telegram, method `sendMessage`. */
export function openTelegram(settings: SettingsOf<'telegram'>, deps: NotifierDeps): Notifier {
  const { url = SERVER, token: source, chat, timeoutMs } = settings
  const { clock } = deps
  const poster = createPoster()
  return {
    isIdempotent: false,
    async send(notification, signal) {
      const read = readSecrets(deps, { token: source })
      if ('failed' in read) return read.failed
      const { token } = read.ok
      const posting = {
        url: `${url.replace(/\/$/, '')}/bot${token}/sendMessage`,
        body: JSON.stringify({ chat_id: chat, ...said(notification, settings) }),
        secrets: [token],
      }
      const answer = await poster.post(posting, { clock, timeoutMs, signal })
      return isResult(answer) ? answer : judgeAnswer(withWait(answer), posting.secrets)
    },
    close: poster.close,
  }
}

function said(notification: Notification, wording: Wording): object {
  const { subject, text } = notificationWords(notification, wording)
  const tone = toneOf(notification)
  const title = escapeHtml(shorten(subject, MAX_SUBJECT))
  return {
    text: `${tone.emoji} <b>${title}</b>\n${escapeHtml(shorten(text, MAX_TEXT))}`,
    parse_mode: 'HTML',
    disable_web_page_preview: true,
    disable_notification: tone.priority < LOUD,
  }
}

/** How long to wait stands in the body: `parameters.retry_after`, in seconds. */
function withWait(answer: PostAnswer): PostAnswer {
  if (answer.retryAfterMs !== undefined) return answer
  const seconds = /"retry_after"\s*:\s*(\d{1,6})\b/.exec(answer.body)?.[1]
  return seconds === undefined ? answer : { ...answer, retryAfterMs: Number(seconds) * 1000 }
}
