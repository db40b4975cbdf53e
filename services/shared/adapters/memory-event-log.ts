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
    follow: (handler, after) =>
      followers.add(handler, after, () => Promise.resolve(events.slice(first))),
    tail: (limit) => Promise.resolve(events.slice(Math.max(first, events.length - limit))),
    close: () => Promise.resolve(),
  }
}

interface Follower {
  readonly handler: (event: LoggedEvent) => void
  /** What was appended while it is still told of what was kept. */
  behind: LoggedEvent[] | undefined
  /** What is kept may be read before it is told, and then is told no more. */
  last: number
}

/** Those who follow a log, told through the bus's queue. */
export function createFollowers(host: StoreHost) {
  const followers = new Set<Follower>()

  function pass(follower: Follower, event: LoggedEvent): void {
    if (event.sequence <= follower.last) return
    follower.last = event.sequence
    host.deliver(() => (followers.has(follower) ? follower.handler(event) : undefined), 'follow')
  }

  async function catchUp(
    follower: Follower,
    readKept: () => Promise<readonly LoggedEvent[]>,
  ): Promise<void> {
    const kept = await readKept().catch((error: unknown) => {
      host.report(error, 'follow')
      return []
    })
    for (const event of [...kept, ...(follower.behind ?? [])]) pass(follower, event)
    follower.behind = undefined
  }

  return {
    /** With `after`, first what `readKept` gives of a higher sequence. */
    add(
      handler: (event: LoggedEvent) => void,
      after: number | undefined,
      readKept: () => Promise<readonly LoggedEvent[]>,
    ): () => void {
      const behind = after === undefined ? undefined : []
      const follower: Follower = { handler, behind, last: after ?? 0 }
      followers.add(follower)
      if (after !== undefined) {
        const work = host.track(catchUp(follower, readKept))
        work.catch((error: unknown) => host.report(error, 'follow'))
      }
      return () => followers.delete(follower)
    },
    tell(event: LoggedEvent): void {
      for (const follower of followers) {
        if (follower.behind === undefined) pass(follower, event)
        else follower.behind.push(event)
      }
    },
  }
}
