import type { Outcome } from '../../../probes/check.ts'
import type { ProbeId } from './check-spec.ts'

/** What one run of a probe saw. */
export interface Observation {
  readonly probe: ProbeId
  /** End of the run, milliseconds since the epoch by the prober's clock. */
  readonly at: number
  readonly durationMs: number
  readonly outcome: Outcome
}
