import type { History, HistoryStatistics } from '../shared/ports/history.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import type { Readiness } from '../shared/runtime/readiness.ts'

interface ShownBy {
  readonly history: History
  readonly metrics?: Metrics
  readonly readiness?: Readiness
}

/** Shows how the history fares to Prometheus and to supervisors; returns how to stop. */
export function showMetrics(
  { history, metrics, readiness }: ShownBy,
  isActive: () => boolean,
): readonly (() => void)[] {
  const stops: (() => void)[] = []
  if (metrics !== undefined) stops.push(showFigures(metrics, history, isActive))
  if (readiness !== undefined) {
    stops.push(readiness.add('history', () => history.statistics().problem))
  }
  return stops
}

function showFigures(metrics: Metrics, history: History, isActive: () => boolean): () => void {
  const taken = metrics.counter('lvs_warden_history_points_taken_total', {
    help: 'Points that the historian was given to keep.',
  })
  const written = metrics.counter('lvs_warden_history_points_written_total', {
    help: 'Points that are in the database.',
  })
  const dropped = metrics.counter('lvs_warden_history_points_dropped_total', {
    help: 'Points given up: no room, refused by the database, too late, too many series.',
    labels: ['why'],
  })
  const gauges = {
    waiting: metrics.gauge('lvs_warden_history_points_waiting', {
      help: 'Points that wait for the database, in memory and on disk.',
    }),
    disk: metrics.gauge('lvs_warden_history_disk_bytes', {
      help: 'Disk taken by waiting points, or by the whole of a local history.',
    }),
    series: metrics.gauge('lvs_warden_history_series', {
      help: 'Series of points seen since the start.',
    }),
    write: metrics.gauge('lvs_warden_history_write_seconds', {
      help: 'How long the last write to the database took.',
    }),
    active: metrics.gauge('lvs_warden_historian_active', {
      help: '1 in the one historian that writes, 0 in those that stand by.',
    }),
    reachable: metrics.gauge('lvs_warden_history_reachable', {
      help: '1 when the last write to the database went well.',
    }),
  }
  let before: HistoryStatistics | undefined
  return metrics.onLook(() => {
    const now = history.statistics()
    taken.add({}, now.taken - (before?.taken ?? 0))
    written.add({}, now.written - (before?.written ?? 0))
    for (const [why, count] of Object.entries(now.dropped)) {
      dropped.add({ why }, count - (before?.dropped[why] ?? 0))
    }
    before = now
    gauges.waiting.set({}, now.waiting)
    gauges.disk.set({}, now.diskBytes)
    gauges.series.set({}, now.series)
    if (now.lastWriteMs !== undefined) gauges.write.set({}, now.lastWriteMs / 1000)
    gauges.active.set({}, isActive() ? 1 : 0)
    gauges.reachable.set({}, now.problem === undefined ? 1 : 0)
  })
}
