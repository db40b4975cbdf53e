import type { AvailabilityEvent } from './availability.ts'

/** How a real server is now, as the controller says. */
export interface PresentHealth {
  readonly service: string
  readonly server: string
  readonly health: string
  /** Milliseconds since the epoch. */
  readonly since: number
}

/**
 * Puts in recoveries that nobody has recorded: a controller that starts takes a real server that it
 * finds well for granted. An outage that is followed by another, or by being well now, was over
 * when the next controller had taken over, or at the latest when the contradiction is seen.
 * Events are in the order of their time, and so are those returned.
 */
export function mendHealth(
  events: readonly AvailabilityEvent[],
  present: readonly PresentHealth[],
): readonly AvailabilityEvent[] {
  const downs = new Map<string, AvailabilityEvent>()
  const added: AvailabilityEvent[] = []
  const takeOvers = events.filter(({ type }) => type === 'leader').map(({ at }) => at)

  function recovered({ at, service, server }: AvailabilityEvent, seenAt: number): void {
    const over = takeOvers.find((taken) => taken > at && taken < seenAt) ?? seenAt
    const where = service === undefined ? {} : { service }
    added.push({ at: over, type: 'health', ...where, server, from: 'down', to: 'up' })
  }

  for (const event of events) {
    if (event.type !== 'health') continue
    const key = keyOf(event)
    const down = downs.get(key)
    if (down !== undefined && event.from === 'up') recovered(down, event.at)
    if (event.to === 'down') downs.set(key, event)
    else downs.delete(key)
  }
  for (const { service, server, health, since } of present) {
    const down = downs.get(keyOf({ service, server }))
    if (down !== undefined && health === 'up') recovered(down, Math.max(since, down.at))
  }
  return [...events, ...added].sort((one, other) => one.at - other.at)
}

function keyOf({ service, server }: Pick<AvailabilityEvent, 'service' | 'server'>): string {
  return `${service ?? ''}/${server}`
}
