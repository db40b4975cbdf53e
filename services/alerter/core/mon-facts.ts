import type { MonFacts } from '../../shared/domain/notification.ts'
import type { KeptCause } from './incident.ts'

/** What mon's alert scripts are told of some causes, the worst first. */
export function monFacts(cluster: string, causes: readonly KeptCause[], at: number): MonFacts {
  const [worst] = causes
  const hosts = causes.flatMap(({ server }) => (server === undefined ? [] : [server]))
  const ended = causes.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [endedAt]))
  return {
    group: worst?.service ?? cluster,
    service: worst?.kind ?? 'down',
    hosts: [...new Set(hosts)],
    ...(causes.length > 0 && {
      firstFailureAt: Math.min(...causes.map(({ since }) => since)),
      lastFailureAt: ended.length === causes.length ? Math.max(...ended) : at,
    }),
  }
}
