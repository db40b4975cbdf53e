import type { Observation } from '../shared/domain/observation.ts'
import { type Metrics, SECONDS_BUCKETS } from '../shared/runtime/metrics.ts'

/** What a prober counts for Prometheus. */
export interface ProberMetrics {
  /** A frame was published with these in it. */
  published(observations: readonly Observation[]): void
  /** What is so at the moment of a look. */
  watch(look: () => { readonly probes: number; readonly inFlight: number }): void
}

/** Counts nothing, for those whom nobody asks. */
const NOBODY_ASKS: ProberMetrics = { published: () => undefined, watch: () => undefined }

/** Makes a prober's figures. */
export function createProberMetrics(metrics: Metrics | undefined): ProberMetrics {
  if (metrics === undefined) return NOBODY_ASKS
  const frames = metrics.counter('lvs_warden_prober_frames_total', {
    help: 'Frames of observations that were published.',
  })
  const observations = metrics.counter('lvs_warden_prober_observations_total', {
    help: 'Observations that were published, by what they say.',
    labels: ['outcome'],
  })
  const durations = metrics.histogram('lvs_warden_prober_check_duration_seconds', {
    help: 'How long runs of checks took.',
    buckets: SECONDS_BUCKETS,
  })
  const probes = metrics.gauge('lvs_warden_prober_probes', {
    help: 'Probes that this prober runs.',
  })
  const inFlight = metrics.gauge('lvs_warden_prober_runs_in_flight', {
    help: 'Runs of checks that are under way.',
  })
  return {
    published(seen) {
      frames.add({})
      for (const { outcome, durationMs } of seen) {
        observations.add({ outcome: outcome.outcome })
        durations.observe({}, durationMs / 1000)
      }
    },
    watch(look) {
      metrics.onLook(() => {
        const now = look()
        probes.set({}, now.probes)
        inFlight.set({}, now.inFlight)
      })
    },
  }
}
