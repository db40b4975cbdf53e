import type { SettingsOf } from '../../domain/channel.ts'
import type { Notifier, NotifierDeps } from '../../ports/notifier.ts'
import { notificationWords } from './notification-words.ts'
import { createPoster, isResult, judgeAnswer } from './post.ts'
import { readSecrets } from './read-secrets.ts'
import { shorten } from './shorten.ts'
import { toneOf } from './tone.ts'

/** ntfy makes a file of a message above 4096 bytes; a character has at most three in UTF-8. */
const MAX_TEXT = 1300
const MAX_SUBJECT = 250

/** Publishes as JSON to the root of a server of ntfy. */
export function openNtfy(settings: SettingsOf<'ntfy'>, deps: NotifierDeps): Notifier {
  const { server, topic, token: source, timeoutMs } = settings
  const { clock } = deps
  const poster = createPoster()
  return {
    isIdempotent: false,
    async send(notification, signal) {
      const read = readSecrets(deps, { ...(source && { token: source }) })
      if ('failed' in read) return read.failed
      const { token } = read.ok
      const { subject, text } = notificationWords(notification, settings)
      const { priority, tag } = toneOf(notification)
      const [link] = notification.links
      const posting = {
        url: server,
        body: JSON.stringify({
          topic,
          title: shorten(subject, MAX_SUBJECT),
          message: shorten(text, MAX_TEXT),
          priority,
          tags: [tag],
          ...(link && { click: link.href }),
        }),
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        secrets: token === undefined ? [] : [token],
      }
      const answer = await poster.post(posting, { clock, timeoutMs, signal })
      return isResult(answer) ? answer : judgeAnswer(answer, posting.secrets)
    },
    close: poster.close,
  }
}
