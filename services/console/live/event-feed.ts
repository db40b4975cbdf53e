import type { Bus, LoggedEvent } from '../../shared/ports/bus.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { type LoggedEventInfo, logEventMessage } from '../../shared/wire/log-event-message.ts'
import { eventStream } from '../../shared/wire/subjects.ts'

/** The event log as it grows, read once however many look at it. */
export interface EventFeed {
  /** Calls with each event from now on. */
  follow(onEvent: (event: LoggedEventInfo) => void): () => void
  /** Every kept event with a higher sequence, oldest first. */
  after(sequence: number): Promise<readonly LoggedEventInfo[]>
  close(): void
}

/** What a follower that comes back usually missed. */
const REMEMBERED = 1000
const MOST_KEPT = 100_000

/** Follows the log `<cluster>-events`. */
export async function openEventFeed(
  cluster: string,
  { bus, logger }: { readonly bus: Bus; readonly logger: Logger },
): Promise<EventFeed> {
  const log = await bus.log(eventStream(cluster))
  const followers = new Set<(event: LoggedEventInfo) => void>()
  const recent: LoggedEventInfo[] = []

  function decode({ sequence, payload }: LoggedEvent): LoggedEventInfo[] {
    try {
      return [{ ...logEventMessage.decode(payload), sequence }]
    } catch (error) {
      logger.warn({ error, sequence }, 'an event cannot be read')
      return []
    }
  }

  const unfollow = log.follow((logged) => {
    for (const event of decode(logged)) {
      recent.push(event)
      if (recent.length > REMEMBERED) recent.shift()
      for (const follower of followers) follower(event)
    }
  })
  return {
    follow(onEvent) {
      const own = (event: LoggedEventInfo) => onEvent(event)
      followers.add(own)
      return () => followers.delete(own)
    },
    async after(sequence) {
      const isRecent = (recent[0]?.sequence ?? Number.POSITIVE_INFINITY) <= sequence + 1
      const kept = isRecent ? recent : (await log.tail(MOST_KEPT)).flatMap(decode)
      return kept.filter((event) => (event.sequence ?? 0) > sequence)
    },
    close: unfollow,
  }
}
