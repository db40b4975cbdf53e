import type { Notification } from '../../services/shared/domain/notification.ts'

const BEGAN = Date.UTC(2030, 0, 1, 3, 0, 0)

/** A real server that is down, as people are told; `change` says what is otherwise. */
export function notificationOf(change: Partial<Notification> = {}): Notification {
  return {
    cluster: 'shop',
    dedupKey: 'i7/ops/1',
    threadKey: 'shop/i7',
    incident: 'i7',
    kind: 'down',
    level: 1,
    severity: 'critical',
    subject: 'web/web1 is down: connection refused',
    text: 'web/web1 is down since 03:00:00.\nhttp: connection refused\n',
    causes: [
      {
        key: 'down/web/web1',
        severity: 'critical',
        message: 'connection refused by <web1> & "friends"',
        service: 'web',
        server: 'web1',
        since: BEGAN,
      },
    ],
    at: BEGAN + 10_000,
    since: BEGAN,
    links: [{ label: 'Console', href: 'https://lvs.example.net/web/web1' }],
    mon: {
      group: 'web',
      service: 'down',
      hosts: ['web1', 'web2'],
      firstFailureAt: BEGAN,
      lastFailureAt: BEGAN + 10_000,
      lastSuccessAt: BEGAN - 2000,
    },
    ...change,
  }
}

/** The same when it is over. */
export const OVER: Partial<Notification> = {
  kind: 'up',
  dedupKey: 'i7/ops/2',
  subject: 'web/web1 is up after 5m',
  endedAt: BEGAN + 300_000,
  at: BEGAN + 310_000,
}
