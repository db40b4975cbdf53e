/** How available something was over a time. */
export interface Availability {
  /** Share of the time that counts; absent when none does. */
  readonly availability?: number
  readonly downMs: number
  /** Taken out by operators: counts neither for nor against. */
  readonly maintenanceMs: number
  /** Times that it was down. */
  readonly outages: number
  readonly longest?: { readonly at: number; readonly ms: number }
}

/** A real server in a service. */
export interface ServerReport extends Availability {
  readonly name: string
}

/** A virtual service and its real servers. */
export interface ServiceReport extends Availability {
  readonly name: string
  readonly servers: readonly ServerReport[]
}

/** How available a cluster was; times are milliseconds since the epoch. */
export interface Report {
  readonly cluster: string
  readonly fromMs: number
  readonly toMs: number
  /** Nothing is known of the time before: it does not count. */
  readonly recordedFromMs: number
  readonly services: readonly ServiceReport[]
  /** Why it may lack something, in words. */
  readonly problem?: string
}
