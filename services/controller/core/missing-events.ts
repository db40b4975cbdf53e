import type { LogEvent } from '../../shared/domain/log-event.ts'

/** Two controllers see the same within this time of each other. */
const TOLERANCE_MS = 3000

/**
 * Those of our own events that the log does not hold: each event of the log stands for the one of
 * ours that says the same and is nearest to it in time. Words do not count, for durations in them
 * differ. `skewMs` is how far the clock of who wrote the log goes before ours.
 */
export function missingEvents(
  own: readonly LogEvent[],
  logged: readonly LogEvent[],
  skewMs: number,
): readonly LogEvent[] {
  const left = new Map<string, LogEvent[]>()
  for (const event of own) {
    const key = identity(event)
    const same = left.get(key)
    if (same === undefined) left.set(key, [event])
    else same.push(event)
  }
  const found = new Set<LogEvent>()
  for (const event of logged) {
    const same = left.get(identity(event)) ?? []
    const distance = (one: LogEvent) => Math.abs(event.at - one.at - skewMs)
    let nearest: LogEvent | undefined
    for (const one of same) {
      if (found.has(one) || distance(one) > TOLERANCE_MS) continue
      if (nearest === undefined || distance(one) < distance(nearest)) nearest = one
    }
    if (nearest !== undefined) found.add(nearest)
  }
  return own.filter((event) => !found.has(event))
}

function identity(event: LogEvent): string {
  const { type, service, server, director, from, to, alert, by, message } = event
  const words = type === 'drift' || type === 'apply-failed' ? message : undefined
  return JSON.stringify([type, service, server, director, from, to, alert, by, words])
}
