/** Observation frames of one prober; `*` for those of all. */
export function observationsSubject(cluster: string, prober: string): string {
  return `lvs.${cluster}.observations.${prober}`
}

/** Desired tables for one director. */
export function tableSubject(cluster: string, director: string): string {
  return `lvs.${cluster}.table.${director}`
}

/** What one director really holds; `*` for all. */
export function reportSubject(cluster: string, director: string): string {
  return `lvs.${cluster}.report.${director}`
}

/** Requests of operators, one subject a verb. */
export function apiSubject(cluster: string, verb: string): string {
  return `lvs.${cluster}.api.${verb}`
}

/** Durable log of transitions, operator actions and alerts. */
export function eventStream(cluster: string): string {
  return `${cluster}-events`
}

/**
 * Key-value buckets of a cluster: file revisions, overrides, controller lease, directors' memory.
 */
export function bucketName(
  cluster: string,
  bucket: 'cluster-file' | 'overrides' | 'lease' | 'directors',
): string {
  return `${cluster}-${bucket}`
}
