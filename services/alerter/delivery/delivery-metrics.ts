import type { Metrics } from '../../shared/runtime/metrics.ts'
import { SECONDS_BUCKETS } from '../../shared/runtime/metrics.ts'
import { type DeliveryBook, endOf } from './delivery-book.ts'

/** What is counted of deliveries. */
export interface DeliveryMetrics {
  /** An attempt is over. */
  attempted(channel: string, outcome: 'delivered' | 'failed', tookMs: number): void
  gaveUp(channel: string): void
  close(): void
}

/** Shows deliveries in `/metrics`; nothing where there are no metrics. */
export function showDeliveries(metrics: Metrics | undefined, book: DeliveryBook): DeliveryMetrics {
  if (metrics === undefined) {
    return { attempted: () => undefined, gaveUp: () => undefined, close: () => undefined }
  }
  const attempts = metrics.counter('lvs_warden_notification_attempts_total', {
    help: 'Attempts to tell people by a channel, by what came of them.',
    labels: ['channel', 'outcome'],
  })
  const seconds = metrics.histogram('lvs_warden_notification_seconds', {
    help: 'How long an attempt to tell people took.',
    labels: ['channel'],
    buckets: SECONDS_BUCKETS,
  })
  const givenUp = metrics.counter('lvs_warden_notifications_given_up_total', {
    help: 'Notifications that could not be told and are in the dead-letter list.',
    labels: ['channel'],
  })
  const waiting = metrics.gauge('lvs_warden_notifications_waiting', {
    help: 'Notifications that are not told yet.',
    labels: ['channel'],
  })
  const dead = metrics.gauge('lvs_warden_dead_letters', {
    help: 'Notifications in the dead-letter list.',
    labels: ['channel'],
  })
  const close = metrics.onLook(() => {
    waiting.reset()
    dead.reset()
    const counts = new Map<string, { waiting: number; dead: number }>()
    for (const { delivery } of book.all()) {
      const { channel } = delivery.order
      const count = counts.get(channel) ?? { waiting: 0, dead: 0 }
      counts.set(channel, count)
      if (endOf(delivery) === undefined) count.waiting++
      if (delivery.state.type === 'dead') count.dead++
    }
    for (const [channel, count] of counts) {
      waiting.set({ channel }, count.waiting)
      dead.set({ channel }, count.dead)
    }
  })
  return {
    attempted(channel, outcome, tookMs) {
      attempts.add({ channel, outcome })
      seconds.observe({ channel }, tookMs / 1000)
    },
    gaveUp: (channel) => givenUp.add({ channel }),
    close,
  }
}
