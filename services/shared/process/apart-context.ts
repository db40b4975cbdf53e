import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { Readiness } from '../runtime/readiness.ts'

/** What a service apart is made from. */
export interface ApartContext {
  readonly cluster: string
  /** Its name among those of its role. */
  readonly name: string
  readonly ports: ApartPorts
}

/** The doors that every service apart has. */
export interface ApartPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly readiness: Readiness
}
