import { ServiceError } from '../../runtime/service-error.ts'
import type { NatsStream, StreamPorts } from './nats-stream.ts'
import { type FeedMessage, type FeedStart, StreamFeed } from './stream-feed.ts'

/** Of one reading, however much is stored; a bucket or log of ours takes milliseconds. */
const COLLECT_TIMEOUT_MS = 10_000

/**
 * Reads what is stored now, from a place to the end. Throws a retryable `ServiceError`
 * `bus.timeout` when that is not over in time.
 */
export function collect(
  stream: NatsStream,
  ports: StreamPorts,
  from: FeedStart,
  onMessage: (message: FeedMessage) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const timer = setTimeout(() => {
      const message = `${stream.name}: not read to the end in time`
      finish(() => reject(new ServiceError('bus.timeout', message, { retryable: true })))
    }, COLLECT_TIMEOUT_MS)

    function finish(settle: () => void): void {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      // A feed that ends while it starts is not known here yet.
      queueMicrotask(() => feed.stop())
      settle()
    }

    const feed = new StreamFeed(stream, ports, {
      from: () => from,
      onStart: (pending) => {
        if (pending === 0) finish(resolve)
      },
      onMessage: (message) => {
        if (isOver) return
        onMessage(message)
        if (message.pending === 0) finish(resolve)
      },
    })
  })
}
