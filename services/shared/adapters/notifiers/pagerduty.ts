import type { SettingsOf } from '../../domain/channel.ts'
import type { Notification, NotificationKind } from '../../domain/notification.ts'
import type { Notifier, NotifierDeps, SendResult } from '../../ports/notifier.ts'
import { isoTime } from '../../runtime/iso-time.ts'
import { notificationWords, type Wording } from './notification-words.ts'
import { createPoster, isResult, judgeAnswer } from './post.ts'
import { readSecrets } from './read-secrets.ts'
import { shorten } from './shorten.ts'

type Action = 'trigger' | 'acknowledge' | 'resolve'

const EVENTS = 'https://events.pagerduty.com/v2/enqueue'
/** Limits of the Events API v2: payload.summary, dedup_key. */
const MAX_SUMMARY = 1024
const MAX_DEDUP_KEY = 255

/**
 * What each kind does to the incident at PagerDuty. A test opens one and resolves it at once; what
 * means no incident is a change event, which wakes nobody.
 */
const ACTIONS: Readonly<Record<NotificationKind, readonly Action[] | 'change'>> = {
  down: ['trigger'],
  escalation: ['trigger'],
  reminder: ['trigger'],
  ack: ['acknowledge'],
  up: ['resolve'],
  test: ['trigger', 'resolve'],
  startup: 'change',
  digest: 'change',
}

/** PagerDuty, Events API v2: one incident there for each of ours, by `dedup_key`. */
export function openPagerDuty(settings: SettingsOf<'pagerduty'>, deps: NotifierDeps): Notifier {
  const { url = EVENTS, routingKey, timeoutMs } = settings
  const { clock } = deps
  const poster = createPoster()

  async function post(to: string, body: object, key: string, signal: AbortSignal) {
    const posting = { url: to, body: JSON.stringify(body), secrets: [key] }
    const answer = await poster.post(posting, { clock, timeoutMs, signal })
    return isResult(answer) ? answer : judgeAnswer(answer, posting.secrets)
  }

  return {
    isIdempotent: true,
    async send(notification, signal) {
      const read = readSecrets(deps, { routingKey })
      if ('failed' in read) return read.failed
      const key = read.ok.routingKey
      const actions = ACTIONS[notification.kind]
      if (actions === 'change') {
        const to = url.replace(/\/enqueue$/, '/change/enqueue')
        return post(to, changeOf(notification, settings, key), key, signal)
      }
      let result: SendResult = { outcome: 'delivered' }
      for (const action of actions) {
        result = await post(url, eventOf(notification, settings, { key, action }), key, signal)
        if (result.outcome === 'failed') return result
      }
      return result
    },
    close: poster.close,
  }
}

function eventOf(
  notification: Notification,
  wording: Wording,
  { key, action }: { readonly key: string; readonly action: Action },
): object {
  const { cluster, threadKey, kind, severity, causes, links, since, incident } = notification
  const { subject, text } = notificationWords(notification, wording)
  const [first] = causes
  return {
    routing_key: key,
    event_action: action,
    dedup_key: shorten(threadKey, MAX_DEDUP_KEY),
    client: 'LVS Warden',
    ...(action === 'trigger' && {
      payload: {
        summary: shorten(subject, MAX_SUMMARY),
        source: cluster,
        severity,
        timestamp: isoTime(since),
        ...(first?.service !== undefined && { component: first.service }),
        group: cluster,
        class: kind,
        custom_details: { text, ...(incident !== undefined && { incident }) },
      },
      links: links.map(({ label, href }) => ({ text: label, href })),
    }),
  }
}

function changeOf(notification: Notification, wording: Wording, key: string): object {
  const { cluster, at, links } = notification
  const { subject, text } = notificationWords(notification, wording)
  return {
    routing_key: key,
    payload: {
      summary: shorten(subject, MAX_SUMMARY),
      source: cluster,
      timestamp: isoTime(at),
      custom_details: { text },
    },
    links: links.map(({ label, href }) => ({ text: label, href })),
  }
}
