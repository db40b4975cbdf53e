import { createHmac } from 'node:crypto'
import type { SettingsOf } from '../../domain/channel.ts'
import type { Notification } from '../../domain/notification.ts'
import type { Notifier, NotifierDeps } from '../../ports/notifier.ts'
import { isoTime } from '../../runtime/iso-time.ts'
import { notificationWords, type Wording } from './notification-words.ts'
import { createPoster, isResult, judgeAnswer } from './post.ts'
import { readSecrets } from './read-secrets.ts'

/**
 * Posts JSON, signed where there is a secret. The receiver tells repetitions by `id`, which stands
 * in the header `idempotency-key`, too.
 */
export function openWebhook(settings: SettingsOf<'webhook'>, deps: NotifierDeps): Notifier {
  const { url: urlSource, secret: secretSource, timeoutMs } = settings
  const { clock } = deps
  const poster = createPoster()
  return {
    isIdempotent: true,
    async send(notification, signal) {
      const read = readSecrets(deps, { url: urlSource, secret: secretSource ?? urlSource })
      if ('failed' in read) return read.failed
      const { url, secret } = read.ok
      const body = JSON.stringify(payloadOf(notification, settings))
      const timestamp = Math.floor(clock.now() / 1000)
      const posting = {
        url,
        body,
        secrets: [url, new URL(url).pathname.slice(1), secret],
        headers: {
          'idempotency-key': notification.dedupKey,
          'x-lvs-warden-timestamp': String(timestamp),
          ...(secretSource && { 'x-lvs-warden-signature': sign(secret, timestamp, body) }),
        },
      }
      const answer = await poster.post(posting, { clock, timeoutMs, signal })
      return isResult(answer) ? answer : judgeAnswer(answer, posting.secrets)
    },
    close: poster.close,
  }
}

/** `v1=` and HMAC-SHA256 (RFC 2104) of the timestamp, a dot and the body, in hex. */
export function sign(secret: string, timestamp: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}

function payloadOf(notification: Notification, wording: Wording): object {
  const { cluster, dedupKey, threadKey, incident, kind, severity, level } = notification
  const { causes, at, since, endedAt, ack, links } = notification
  return {
    version: 1,
    id: dedupKey,
    thread: threadKey,
    cluster,
    ...(incident !== undefined && { incident }),
    kind,
    severity,
    level,
    ...notificationWords(notification, wording),
    at: isoTime(at),
    since: isoTime(since),
    ...(endedAt !== undefined && { endedAt: isoTime(endedAt) }),
    causes: causes.map(({ since: from, endedAt: to, ...cause }) => ({
      ...cause,
      since: isoTime(from),
      ...(to !== undefined && { endedAt: isoTime(to) }),
    })),
    ...(ack && { ack: { ...ack, at: isoTime(ack.at) } }),
    links,
  }
}
