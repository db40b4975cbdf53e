import { type Point, seriesKey } from '../shared/domain/point.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'

/** What the historian heard of each check, by the names of the cluster file. */
export interface CheckMetrics {
  /** Points of runs of checks, as they are written. */
  heard(points: readonly Point[]): void
}

type Place = Readonly<Record<'service' | 'server' | 'check' | 'vantage', string>>

interface Tally {
  readonly place: Place
  readonly counts: { passed: number; failed: number; inconclusive: number }
  latencyMs?: number
}

/** Each file that is applied may bring new names: at this many, all begins anew. */
const MOST_CHECKS = 20_000

/** Makes the figures of checks; they are written out with each look, not with each run. */
export function createCheckMetrics(metrics: Metrics | undefined): CheckMetrics {
  if (metrics === undefined) return { heard: () => undefined }
  const labels = ['service', 'server', 'check', 'vantage'] as const
  const runs = metrics.counter('lvs_warden_check_runs_total', {
    help: 'Runs of a check from a vantage, by how they ended: passed, failed or inconclusive.',
    labels: ['service', 'server', 'check', 'vantage', 'outcome'],
  })
  const latency = metrics.gauge('lvs_warden_check_latency_seconds', {
    help: 'How long the last run of a check took that passed.',
    labels,
  })
  const tallies = new Map<string, Tally>()
  metrics.onLook(() => {
    runs.reset()
    latency.reset()
    for (const { place, counts, latencyMs } of tallies.values()) {
      for (const [outcome, count] of Object.entries(counts)) runs.add({ ...place, outcome }, count)
      if (latencyMs !== undefined) latency.set(place, latencyMs / 1000)
    }
  })

  function tallyOf(point: Point): Tally {
    const key = seriesKey(point)
    let tally = tallies.get(key)
    if (tally === undefined) {
      if (tallies.size >= MOST_CHECKS) tallies.clear()
      const { service = '', server = '', check = '', vantage = '' } = point.tags
      const place = { service, server, check, vantage }
      tally = { place, counts: { passed: 0, failed: 0, inconclusive: 0 } }
      tallies.set(key, tally)
    }
    return tally
  }

  return {
    heard(points) {
      for (const point of points) {
        const tally = tallyOf(point)
        for (const outcome of ['passed', 'failed', 'inconclusive'] as const) {
          tally.counts[outcome] += Number(point.fields[outcome])
        }
        const latencyMs = point.fields['latency_ms']
        if (latencyMs !== undefined) tally.latencyMs = Number(latencyMs)
      }
    },
  }
}
