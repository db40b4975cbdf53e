import type { Bus, EventLog, LoggedEvent } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { History } from '../shared/ports/history.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import type { CounterMetric, Metrics } from '../shared/runtime/metrics.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import { bucketName, eventStream } from '../shared/wire/subjects.ts'
import { eventPoint } from './core/event-points.ts'
import type { DirectorNews } from './core/report-points.ts'

/** What follows the event log while this historian works. */
export interface EventFollower {
  /** What directors repaired and could not do since the last call, by director. */
  takeNews(): ReadonlyMap<string, DirectorNews>
  /** Remembers how far the log is safely written; quick when nothing is new. */
  save(): Promise<void>
  close(): void
}

interface FollowerParts {
  readonly cluster: string
  readonly bus: Bus
  readonly clock: Clock
  readonly history: History
  readonly logger: Logger
  readonly metrics?: Metrics
}

const KEY = 'sequence'
const RETRY_MS = 1000
/** What was repaired longer ago was counted by whoever wrote history then. */
const NEWS_MS = 60_000

/** Follows the log from where the last historian got to; tries again while the bus is away. */
export function followEvents(parts: FollowerParts): EventFollower {
  const { cluster, bus, clock, history, logger, metrics } = parts
  const counter = countEvents(metrics)
  const news = new Map<string, { drift: number; failures: number }>()
  let isClosed = false
  let unfollow = () => {}
  let cancelRetry = () => {}
  let seen = 0
  let saved = 0

  function take({ sequence, payload }: LoggedEvent): void {
    seen = sequence
    try {
      const event = logEventMessage.decode(payload)
      history.write([eventPoint(event, sequence)])
      if (event.at < clock.now() - NEWS_MS) return
      counter?.add({ type: event.type })
      if (event.director === undefined) return
      const count = news.get(event.director) ?? { drift: 0, failures: 0 }
      if (event.type === 'drift') count.drift++
      if (event.type === 'apply-failed') count.failures++
      news.set(event.director, count)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      logger.error({ error, sequence }, 'event refused')
    }
  }

  async function begin(): Promise<void> {
    const bucket = await bus.keyValue(bucketName(cluster, 'historian'))
    const log = await bus.log(eventStream(cluster))
    const entry = await bucket.get(KEY)
    saved = await startOf(log, Number(new TextDecoder().decode(entry?.value)) || 0)
    seen = saved
    if (!isClosed) unfollow = log.follow(take, saved)
  }

  function tryToBegin(): void {
    begin().catch((error: unknown) => {
      if (isClosed) return
      logger.warn({ error }, 'the event log cannot be followed yet')
      cancelRetry = clock.after(RETRY_MS, tryToBegin)
    })
  }

  tryToBegin()
  return {
    takeNews() {
      const taken = new Map(news)
      news.clear()
      return taken
    },
    async save() {
      const sequence = seen
      if (sequence === saved) return
      await history.flush()
      if (isClosed) return
      const bucket = await bus.keyValue(bucketName(cluster, 'historian'))
      await bucket.put(KEY, new TextEncoder().encode(String(sequence)))
      saved = sequence
    },
    close() {
      isClosed = true
      cancelRetry()
      unfollow()
    },
  }
}

function countEvents(metrics: Metrics | undefined): CounterMetric<'type'> | undefined {
  return metrics?.counter('lvs_warden_events_total', {
    help: 'Events that came into the event log, by type.',
    labels: ['type'],
  })
}

/** A log that ends before the place we know was begun anew: all of it is news. */
async function startOf(log: EventLog, known: number): Promise<number> {
  const [last] = await log.tail(1)
  return last === undefined || last.sequence >= known ? known : 0
}
