import type { Alert, OverAlert } from '../../shared/domain/alert.ts'

/** What people have not been told yet. */
export interface Untold {
  readonly raised: readonly Alert[]
  readonly over: readonly OverAlert[]
}

/**
 * Compares what is raised with what people know. An alert that was raised, cleared and raised anew
 * since they were told is news; one that came and went unseen is not.
 */
export function untold(
  raised: ReadonlyMap<string, Alert>,
  told: ReadonlyMap<string, Alert>,
  at: number,
): Untold {
  const isKnown = ({ key, since }: Alert) => told.get(key)?.since === since
  return {
    raised: [...raised.values()].filter((alert) => !isKnown(alert)).sort(bySeverity),
    over: [...told.values()]
      .filter(({ key }) => !raised.has(key))
      .map((alert) => ({ ...alert, endedAt: at })),
  }
}

function bySeverity(a: Alert, b: Alert): number {
  return a.severity.localeCompare(b.severity) || a.since - b.since
}
