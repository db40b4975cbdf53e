import { ServiceError } from '../../runtime/service-error.ts'
import type { NatsStream, StreamPorts } from './nats-stream.ts'
import { disconnectedError } from './nats-trouble.ts'
import { type FeedMessage, type FeedStart, StreamFeed } from './stream-feed.ts'

/** Without anything to read; a bucket or log of ours takes milliseconds. */
const SILENCE_MS = 3000

/**
 * Reads what is stored now, from a place to the end. Throws a retryable `ServiceError`
 * when NATS is away or says nothing for three seconds.
 */
export function collect(
  stream: NatsStream,
  ports: StreamPorts,
  from: FeedStart,
  onMessage: (message: FeedMessage) => void,
): Promise<void> {
  if (!ports.link.isConnected()) return Promise.reject(disconnectedError(stream.name))
  return new Promise((resolve, reject) => {
    let isOver = false
    const timer = setTimeout(() => {
      const message = `${stream.name}: not read to the end in time`
      finish(() => reject(new ServiceError('bus.timeout', message, { retryable: true })))
    }, SILENCE_MS)

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
        timer.refresh()
        onMessage(message)
        if (message.pending === 0) finish(resolve)
      },
    })
  })
}
