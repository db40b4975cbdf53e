import type { EventLog, LoggedEvent } from '../ports/bus.ts'
import type { Closable, StoreHost } from './store-host.ts'

/** An event log in memory; above `maxBytes` the oldest events go. */
export function createMemoryEventLog(host: StoreHost, maxBytes: number): EventLog & Closable {
  const followers = createFollowers(host)
  let events: LoggedEvent[] = []
  let first = 0
  let bytes = 0
  let sequence = 0

  function dropOldest(): void {
    while (bytes > maxBytes && first < events.length - 1) {
      bytes -= events[first]?.payload.length ?? 0
      first++
    }
    if (first * 2 < events.length) return
    events = events.slice(first)
    first = 0
  }

  return {
    append(payload) {
      sequence++
      const event = { sequence, payload: payload.slice() }
      events.push(event)
      bytes += payload.length
      dropOldest()
      followers.tell(event)
      return Promise.resolve(sequence)
    },
    tail: (limit) => Promise.resolve(events.slice(Math.max(first, events.length - limit))),
    follow: followers.add,
    close: () => Promise.resolve(),
  }
}

/** Those who follow a log, told through the bus's queue. */
export function createFollowers(host: StoreHost) {
  const followers = new Set<(event: LoggedEvent) => void>()
  return {
    add(handler: (event: LoggedEvent) => void): () => void {
      const own = (event: LoggedEvent) => handler(event)
      followers.add(own)
      return () => followers.delete(own)
    },
    tell(event: LoggedEvent): void {
      for (const follower of followers) {
        host.deliver(() => (followers.has(follower) ? follower(event) : undefined), 'follow')
      }
    },
  }
}
