/** Observation frames of one prober; `*` for those of all. */
export function observationsSubject(cluster: string, prober: string): string {
  return `lvs.${cluster}.observations.${prober}`
}

/** Each prober says each second that it is there; `*` for all. */
export function heartbeatSubject(cluster: string, prober: string): string {
  return `lvs.${cluster}.heartbeat.${prober}`
}

/** What somebody who only watches probers says to hear whether the bus brings it back. */
export function echoSubject(cluster: string, watcher: string): string {
  return `lvs.${cluster}.echo.${watcher}`
}

/** Requests to run checks from one vantage, answered by one prober there. */
export function checkFromSubject(cluster: string, vantage: string): string {
  return `lvs.${cluster}.check.${vantage}`
}

/** Words of real servers about themselves, for all probers. */
export function pushSubject(cluster: string): string {
  return `lvs.${cluster}.push`
}

/** Desired tables for one director. */
export function tableSubject(cluster: string, director: string): string {
  return `lvs.${cluster}.table.${director}`
}

/** What one director really holds; `*` for all. */
export function reportSubject(cluster: string, director: string): string {
  return `lvs.${cluster}.report.${director}`
}

/** Hooks that one director shall run. */
export function hookSubject(cluster: string, director: string): string {
  return `lvs.${cluster}.hook.${director}`
}

/** What became of the hooks of one director; `*` for all. */
export function hookResultSubject(cluster: string, director: string): string {
  return `lvs.${cluster}.hook-result.${director}`
}

/** Says each second who leads the controllers. */
export function leadingSubject(cluster: string): string {
  return `lvs.${cluster}.leading`
}

/** Each controller, leader or standby, says each second that it is there; `*` for all. */
export function controllerSubject(cluster: string, controller: string): string {
  return `lvs.${cluster}.controllers.${controller}`
}

/** The alerter that tells people says every few seconds how much is open. */
export function alertingSubject(cluster: string): string {
  return `lvs.${cluster}.alerting`
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
 * Key-value buckets of a cluster: file revisions, overrides, leases, directors' memory, alerts that
 * are raised, plans that may be applied, how far the historian has read the event log.
 */
export function bucketName(
  cluster: string,
  bucket:
    | 'cluster-file'
    | 'overrides'
    | 'lease'
    | 'directors'
    | 'alerts'
    | 'users'
    | 'historian'
    | 'alerter'
    | 'windows'
    | 'plans',
): string {
  return `${cluster}-${bucket}`
}

/** Durable log of who asked for which change. */
export function auditStream(cluster: string): string {
  return `${cluster}-audit`
}
