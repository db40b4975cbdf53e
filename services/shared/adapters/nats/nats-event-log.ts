import { nanos } from 'nats'
import type { EventLog, LoggedEvent } from '../../ports/bus.ts'
import { type AppendQueue, createAppendQueue, DUPLICATE_WINDOW_MS } from './append-queue.ts'
import { collect } from './collect.ts'
import type { StreamConfig } from './jetstream-api.ts'
import { ENCODING_HEADER, unpackPayload } from './nats-payload.ts'
import type { NatsStream, StreamLife, StreamPorts } from './nats-stream.ts'
import { type FeedMessage, type FeedStart, StreamFeed } from './stream-feed.ts'

/** An event log, and the queue in front of it. */
export interface NatsEventLog extends EventLog {
  close(): void
}

/** The subject that a log's stream stores. */
export function logSubject(stream: string): string {
  return `lvs-log.${stream}`
}

/** The stream behind an event log; nobody can take an event out of it. */
export function logConfig(stream: string, maxBytes: number, replicas: number): StreamConfig {
  return {
    name: stream,
    subjects: [logSubject(stream)],
    storage: 'file',
    retention: 'limits',
    discard: 'old',
    num_replicas: replicas,
    max_bytes: maxBytes,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    deny_delete: true,
    deny_purge: true,
  }
}

/** An event log of NATS. `onFeed` is told of each follower. */
export function createNatsEventLog(
  stream: NatsStream,
  ports: StreamPorts,
  onFeed: (feed: StreamFeed) => void,
): NatsEventLog {
  const starting = new Set<Promise<void>>()
  const subject = logSubject(stream.name)
  const queue: AppendQueue = createAppendQueue({
    subject,
    store: (data, headers) =>
      stream.use(async ({ base }) => base + (await ports.api.store(subject, data, headers))),
    beforeSending: () => Promise.all(starting),
  })

  return {
    append: queue.append,
    async tail(limit) {
      if (limit <= 0) return []
      const { lastSequence } = await stream.refresh()
      const events: LoggedEvent[] = []
      const after = Math.max(0, lastSequence - limit)
      await collect(stream, ports, { after }, (message) => events.push(decode(message)))
      return events.slice(-limit)
    },
    follow(handler, after) {
      const feed = new StreamFeed(stream, ports, {
        from: (life) => startOf(life, after),
        onMessage: (message) => handler(decode(message)),
      })
      starting.add(feed.started)
      feed.started.finally(() => starting.delete(feed.started)).catch(() => undefined)
      onFeed(feed)
      return () => feed.stop()
    },
    close: queue.close,
  }
}

/** Numbers of an earlier life are below the base: everything of this life comes after them. */
function startOf({ base, lastSequence }: StreamLife, after: number | undefined): FeedStart {
  if (after === undefined) return 'new'
  return { after: Math.min(lastSequence, Math.max(0, after - base)) }
}

function decode({ message, sequence, life }: FeedMessage): LoggedEvent {
  const payload = unpackPayload(message.data, message.headers?.get(ENCODING_HEADER))
  return { sequence: life.base + sequence, payload }
}
