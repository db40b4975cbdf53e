import type { Bus, EventLog, KeyValue } from '../ports/bus.ts'
import { createJetStreamApi } from './nats/jetstream-api.ts'
import { createNatsEventLog, logConfig, type NatsEventLog } from './nats/nats-event-log.ts'
import { bucketConfig, NatsKeyValue } from './nats/nats-key-value.ts'
import { type LinkOptions, type NatsLink, openLink } from './nats/nats-link.ts'
import { createNatsMessages } from './nats/nats-messages.ts'
import { type NatsStream, openStream, type StreamPorts } from './nats/nats-stream.ts'
import { closedError } from './nats/nats-trouble.ts'
import type { StreamFeed } from './nats/stream-feed.ts'
import { openOnce } from './open-once.ts'

/** What a bus over NATS is told. */
export interface NatsBusOptions extends LinkOptions {
  /** Bytes that each event log may take, 64 MiB by default; the oldest events go first. */
  readonly maxLogBytes?: number
  /** How long JetStream may take for one answer, 2 seconds by default. */
  readonly storeTimeoutMs?: number
}

/** What happened to a connection, for metrics. */
export interface NatsBusCounts {
  readonly reconnects: number
  /** Messages that were published while NATS was away or took none. */
  readonly droppedMessages: number
}

/** The bus of many machines. */
export interface NatsBus extends Bus {
  counts(): NatsBusCounts
  /** Resolves when everything published, put and appended so far has come to those who listen. */
  settled(): Promise<void>
}

const DEFAULT_MAX_LOG_BYTES = 64 * 1024 * 1024
const DEFAULT_STORE_TIMEOUT_MS = 2000
const SETTLE_PAUSE_MS = 5

/**
 * Connects to NATS and waits as long as it takes for a server to answer. Throws a `ServiceError`:
 * `bus.unauthorized` when the login is refused, `nats.settings` for an unusable secret. Later calls
 * fail with retryable errors while NATS is away, and go on when it is back.
 */
export async function createNatsBus(options: NatsBusOptions): Promise<NatsBus> {
  const link = await openLink(options)
  const messages = createNatsMessages(link, options.onError)
  const stores = openStores(link, options)
  let closed = false

  return {
    publish(subject, payload) {
      if (!closed) messages.publish(subject, payload)
    },
    subscribe: messages.subscribe,
    async request(subject, payload, timeoutMs) {
      if (closed) throw closedError()
      return messages.request(subject, payload, timeoutMs)
    },
    reply: messages.reply,
    async keyValue(bucket, bucketOptions = {}) {
      if (closed) throw closedError()
      return stores.keyValue(bucket, bucketOptions)
    },
    async log(stream) {
      if (closed) throw closedError()
      return stores.log(stream)
    },
    isConnected: link.isConnected,
    counts: () => ({ reconnects: link.reconnects(), droppedMessages: messages.dropped() }),
    async settled() {
      await link.nc.flush()
      await stores.settled()
      await link.nc.flush()
    },
    async close() {
      if (closed) return
      closed = true
      stores.close()
      await link.close()
    },
  }
}

function openStores(link: NatsLink, options: NatsBusOptions) {
  const { settings, onError, maxLogBytes = DEFAULT_MAX_LOG_BYTES } = options
  const api = createJetStreamApi(link, options.storeTimeoutMs ?? DEFAULT_STORE_TIMEOUT_MS)
  const ports: StreamPorts = { link, api, onError }
  const replicas = settings.replicas ?? 1
  const buckets = new Map<string, Promise<KeyValue>>()
  const logs = new Map<string, Promise<EventLog>>()
  const feeds = new Map<StreamFeed, NatsStream>()
  const closers: (() => void)[] = []

  function keep(stream: NatsStream): (feed: StreamFeed) => void {
    closers.push(stream.close)
    return (feed) => {
      for (const other of feeds.keys()) if (!other.isActive()) feeds.delete(other)
      feeds.set(feed, stream)
    }
  }

  return {
    keyValue: (bucket: string, { ttlMs }: { readonly ttlMs?: number }) =>
      openOnce(buckets, bucket, async () => {
        const own = ttlMs === undefined ? {} : { ttlMs }
        const stream = await openStream(bucketConfig(bucket, own, replicas), ports)
        return new NatsKeyValue(bucket, stream, ports, keep(stream))
      }),
    log: (name: string) =>
      openOnce(logs, name, async () => {
        const stream = await openStream(logConfig(name, maxLogBytes, replicas), ports)
        const log: NatsEventLog = createNatsEventLog(stream, ports, keep(stream))
        closers.push(log.close)
        return log
      }),
    async settled(): Promise<void> {
      for (const [feed, stream] of feeds) {
        await feed.started
        const life = await stream.refresh()
        while (feed.isActive() && !feed.isAt(life)) {
          await new Promise((resolve) => setTimeout(resolve, SETTLE_PAUSE_MS))
        }
      }
    },
    close(): void {
      for (const close of closers) close()
      for (const feed of feeds.keys()) feed.stop()
    },
  }
}
