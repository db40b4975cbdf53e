import type { Alert } from '../shared/domain/alert.ts'
import type { Bus, KeyValue } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { NoticeSender } from '../shared/ports/notifier.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { alertBucketKey, alertMessage } from '../shared/wire/alert-message.ts'
import { bucketName } from '../shared/wire/subjects.ts'
import { type Untold, untold } from './core/untold.ts'

/** What one way of reaching people stands on. */
export interface AnnouncerParts {
  readonly cluster: string
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly notifier: NoticeSender
  /** This alerter is the one that tells people. */
  readonly mayAct: () => boolean
}

/** What comes within this time after the first is told with it: one cause, one notice. */
const GATHER_MS = 2000
const FIRST_RETRY_MS = 2000
const LAST_RETRY_MS = 60_000

/**
 * Keeps one way of reaching people up to date with what is raised: compares, tells, remembers what
 * was told. What cannot be told now is tried again for ever, and always says how things are then.
 * Returns how to stop.
 */
export function createAnnouncer(parts: AnnouncerParts): () => void {
  const { cluster, bus, clock, logger, notifier, mayAct } = parts
  let cancel = clock.after(GATHER_MS, look)
  let unwatch: (() => void) | undefined
  let isClosed = false
  let isBusy = false
  let isStale = false
  let retryMs = FIRST_RETRY_MS

  function look(): void {
    if (isClosed) return
    isBusy = true
    isStale = false
    tell()
      .then(
        () => {
          retryMs = FIRST_RETRY_MS
          if (isStale) cancel = clock.after(GATHER_MS, look)
        },
        (error: unknown) => {
          logger.warn({ error, notifier: notifier.name, inMs: retryMs }, 'nobody told yet')
          if (!isClosed) cancel = clock.after(retryMs, look)
          retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)
        },
      )
      .finally(() => {
        isBusy = false
      })
  }

  async function tell(): Promise<void> {
    const told = await bus.keyValue(bucketName(cluster, 'alerter'))
    const board = await bus.keyValue(bucketName(cluster, 'alerts'))
    if (isClosed || !mayAct()) return
    unwatch ??= board.watch(changed)
    const prefix = `${notifier.name}.`
    const news = untold(await read(board, ''), await read(told, prefix), clock.now())
    if (news.raised.length + news.over.length === 0 || !mayAct()) return
    await notifier.notify({ cluster, ...news })
    logger.info({ notifier: notifier.name, ...countOf(news) }, 'people told')
    await remember(told, prefix, news)
  }

  function changed(): void {
    if (isBusy) isStale = true
    else {
      cancel()
      cancel = clock.after(GATHER_MS, look)
    }
  }

  return () => {
    isClosed = true
    cancel()
    unwatch?.()
  }
}

function countOf({ raised, over }: Untold): Readonly<Record<string, number>> {
  return { raised: raised.length, over: over.length }
}

async function read(bucket: KeyValue, prefix: string): Promise<ReadonlyMap<string, Alert>> {
  const alerts = new Map<string, Alert>()
  for (const { key, value } of await bucket.entries()) {
    if (!key.startsWith(prefix)) continue
    const alert = alertMessage.decode(value)
    alerts.set(alert.key, alert)
  }
  return alerts
}

async function remember(bucket: KeyValue, prefix: string, { raised, over }: Untold): Promise<void> {
  for (const { key } of over) await bucket.delete(prefix + alertBucketKey(key))
  for (const alert of raised) {
    await bucket.put(prefix + alertBucketKey(alert.key), alertMessage.encode(alert))
  }
}
