import type { Metrics } from '../shared/runtime/metrics.ts'
import type { Status } from '../shared/wire/status.ts'
import { createStateGauges } from './state-gauges.ts'

/** What a controller counts for Prometheus. */
export interface ControllerMetrics {
  /** So many observations came in. */
  observed(count: number): void
  /** Shows the state with each look, as long as this controller leads; returns how to stop. */
  show(look: () => { readonly leads: boolean; readonly status: () => Status }): () => void
}

/** Makes a controller's figures; without metrics they go nowhere. */
export function createControllerMetrics(metrics: Metrics | undefined): ControllerMetrics {
  if (metrics === undefined) return { observed: () => undefined, show: () => () => undefined }
  const observations = metrics.counter('lvs_warden_controller_observations_total', {
    help: 'Observations that came in from probers.',
  })
  const leads = metrics.gauge('lvs_warden_controller_leads', {
    help: '1 in the one controller that leads, 0 in those that stand by.',
  })
  const state = createStateGauges(metrics)
  return {
    observed: (count) => observations.add({}, count),
    show: (look) =>
      metrics.onLook(() => {
        const now = look()
        leads.set({}, now.leads ? 1 : 0)
        // All controllers know the same; told once it can be summed up.
        state.forget()
        if (now.leads) state.tell(now.status())
      }),
  }
}
