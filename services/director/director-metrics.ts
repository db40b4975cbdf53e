import type { DirectorReport } from '../shared/domain/director-report.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import { createKernelMetrics } from './kernel-metrics.ts'

/** What one director shows to Prometheus. */
export interface DirectorMetrics {
  /** Each report, as it goes out. */
  reported(report: DirectorReport): void
  /** A table that was older than what was seen. */
  refused(): void
}

/** Makes the figures of a director; without metrics they go nowhere. */
export function createDirectorMetrics(metrics: Metrics | undefined): DirectorMetrics {
  if (metrics === undefined) return { reported: () => undefined, refused: () => undefined }
  const generation = metrics.gauge('lvs_warden_director_generation', {
    help: 'Generation of the table that the kernel was last made to hold.',
  })
  const unmanaged = metrics.gauge('lvs_warden_director_unmanaged_seconds', {
    help: 'Seconds since a controller was last heard, once that is five; 0 as long as one leads.',
  })
  const problem = metrics.gauge('lvs_warden_director_problem', {
    help: '1 while the table cannot be read, or is not as it should be.',
  })
  const rows = metrics.gauge('lvs_warden_director_rows', {
    help: 'Real servers in the kernel, counted once for each virtual service.',
  })
  const foreign = metrics.gauge('lvs_warden_director_foreign_services', {
    help: 'Virtual services in the kernel that are not ours to touch.',
  })
  const drift = metrics.counter('lvs_warden_director_drift_total', {
    help: 'Changes by others to our services or settings, which were put right.',
  })
  const failures = metrics.counter('lvs_warden_director_refusals_total', {
    help: 'Changes that the kernel refused.',
  })
  const refused = metrics.counter('lvs_warden_director_older_tables_total', {
    help: 'Tables that were refused for being older than what was seen.',
  })
  const kernel = createKernelMetrics(metrics)
  return {
    reported({ at, unmanagedSince, services, ...report }) {
      kernel.told(services)
      foreign.set({}, report.foreign.length)
      generation.set({}, report.generation)
      unmanaged.set({}, unmanagedSince === undefined ? 0 : (at - unmanagedSince) / 1000)
      problem.set({}, report.problem === undefined ? 0 : 1)
      rows.set(
        {},
        services.reduce((sum, { servers }) => sum + servers.length, 0),
      )
      drift.add({}, report.drift.length)
      failures.add({}, report.failures.length)
    },
    refused: () => refused.add({}),
  }
}
