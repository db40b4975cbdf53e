import type { ServerResponse } from 'node:http'
import { matchesEvent } from '../../shared/domain/log-event.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { LoggedEventInfo } from '../../shared/wire/log-event-message.ts'
import type { StreamRequest } from '../../shared/wire/stream-message.ts'
import type { EventFeed } from './event-feed.ts'
import { createSseClient, type SseClient } from './sse-client.ts'
import type { StatusFeed, StatusNews } from './status-feed.ts'

/** Everybody who watches live. */
export interface Streams {
  /**
   * Sends until either side ends it. `isAllowed` is asked again with each heartbeat. Throws
   * `api.busy` when there are too many already.
   */
  open(response: ServerResponse, request: StreamRequest, isAllowed: () => boolean): Promise<void>
  /** Streams that are open now. */
  size(): number
  close(): void
}

/** Screens on walls and in pockets; each costs memory and a connection. */
const MAX_STREAMS = 200
const HEARTBEAT_MS = 10_000

interface StreamPorts {
  readonly status: StatusFeed
  readonly events: EventFeed
  readonly clock: Clock
  readonly logger: Logger
}

/** Streams of server-sent events, fed from one status and one log. */
export function createStreams(ports: StreamPorts): Streams {
  const { status, events, clock, logger } = ports
  const open = new Set<() => void>()

  return {
    async open(response, request, isAllowed) {
      if (open.size >= MAX_STREAMS) {
        const message = `${MAX_STREAMS} streams are open already: close one`
        throw new ServiceError('api.busy', message, { retryable: true })
      }
      const releases: (() => void)[] = []
      const stop = () => {
        open.delete(end)
        for (const release of releases.splice(0)) release()
      }
      const end = () => {
        stop()
        client.end()
      }
      open.add(end)
      response.on('close', stop)
      const client = createSseClient(response, () => logger.warn({}, 'a slow reader is dropped'))
      releases.push(heartbeat(clock, client, isAllowed, end))
      if (request.topics.includes('status')) releases.push(sendStatus(client, status))
      if (request.topics.includes('events'))
        releases.push(await sendEvents(client, events, request))
      if (response.destroyed) stop()
    },
    size: () => open.size,
    close() {
      for (const end of [...open]) end()
    },
  }
}

function heartbeat(
  clock: Clock,
  client: SseClient,
  isAllowed: () => boolean,
  end: () => void,
): () => void {
  let cancel = clock.after(HEARTBEAT_MS, beat)
  function beat(): void {
    if (!isAllowed()) {
      end()
      return
    }
    client.send({ event: 'alive', data: '{}' })
    cancel = clock.after(HEARTBEAT_MS, beat)
  }
  return () => cancel()
}

/** A reader that is behind misses deltas, and gets the whole when it has caught up. */
function sendStatus(client: SseClient, feed: StatusFeed): () => void {
  let hasAll = false
  let latest: StatusNews | undefined

  function sendWhole(news: StatusNews): void {
    hasAll = true
    latest = undefined
    client.send({ event: 'status', data: news.whole() })
  }

  client.onDrain(() => {
    if (latest !== undefined && !client.isBehind()) sendWhole(latest)
  })
  return feed.follow(
    (news) => {
      if (client.isBehind()) {
        hasAll = false
        latest = news
      } else if (hasAll && news.delta !== undefined) {
        client.send({ event: 'status-change', data: news.delta })
      } else sendWhole(news)
    },
    ({ code, message }) => {
      hasAll = false
      client.send({ event: 'trouble', data: JSON.stringify({ code, message }) })
    },
  )
}

/** What comes while the past is read waits, so that the order is that of the log. */
async function sendEvents(
  client: SseClient,
  feed: EventFeed,
  { after, topics: _, ...filter }: StreamRequest,
): Promise<() => void> {
  let waiting: LoggedEventInfo[] | undefined = []
  let last = after ?? 0

  function send(event: LoggedEventInfo): void {
    const { sequence = 0 } = event
    if (sequence <= last) return
    last = sequence
    if (!matchesEvent(event, filter)) return
    client.send({ event: 'event', data: JSON.stringify(event), id: sequence })
  }

  const unfollow = feed.follow((event) => {
    if (waiting === undefined) send(event)
    else waiting.push(event)
  })
  try {
    const wantsPast = after !== undefined || filter.since !== undefined
    const past = wantsPast ? await feed.after(last) : []
    for (const event of [...past, ...waiting]) send(event)
    waiting = undefined
    return unfollow
  } catch (error) {
    unfollow()
    throw error
  }
}
