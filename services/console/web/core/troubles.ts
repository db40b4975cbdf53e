import type { ServiceStatus, Status } from '../../../shared/wire/status.ts'
import type { MessageKey } from './messages/en.ts'
import { outOf, rowOf } from './service-row.ts'
import type { Params } from './translate.ts'

/** One sentence of what is wrong, or wanted so. */
export interface Trouble {
  readonly severity: 'critical' | 'warning' | 'note'
  readonly key: MessageKey
  readonly params: Params
  /** A text in the params that is itself a name of a text. */
  readonly named?: { readonly param: string; readonly key: MessageKey }
  /** The virtual service that it is about. */
  readonly service?: string
}

const RANKS = { critical: 0, warning: 1, note: 2 }

/** What is wrong now, the worst first. Alerts are told in their own words beside. */
export function troublesOf(status: Status): readonly Trouble[] {
  const troubles = [
    ...directorTroubles(status),
    ...status.services.flatMap(serviceTroubles),
    ...watchTroubles(status),
  ]
  return troubles.sort((one, other) => RANKS[one.severity] - RANKS[other.severity])
}

function serviceTroubles(service: ServiceStatus): Trouble[] {
  const { name, realServers, sorryServer, panicThreshold, quorum } = service
  const { rank, capacity, marks } = rowOf(service)
  const out = outOf(realServers)
  const about = { out, n: realServers.length, c: Math.round(100 * capacity) }
  const troubles: Trouble[] = []
  const add = (severity: Trouble['severity'], key: MessageKey, params: Params) =>
    troubles.push({ severity, key, params: { service: name, ...params }, service: name })
  if (rank === 3) add('critical', 'trouble.nobody', {})
  else if (sorryServer?.serving === true) add('critical', 'trouble.sorry', about)
  else if (out > 0 && panicThreshold !== undefined && panicThreshold > 0) {
    add('warning', 'trouble.out-panic', { ...about, p: Math.round(100 * panicThreshold) })
  } else if (out > 0) add('warning', 'trouble.out', about)
  if (quorum?.state === 'down') add('critical', 'trouble.quorum', quorum)
  for (const { guard } of service.guards) {
    const named = { param: 'guard', key: GUARD_NAMES[guard] }
    const params = { service: name, kept: marks.kept }
    troubles.push({ severity: 'critical', key: 'trouble.kept', params, named, service: name })
  }
  const asked = marks.draining + marks.drained + marks.maintenance
  if (asked > 0) add('note', 'note.operators', { n: asked })
  return troubles
}

const GUARD_NAMES: Readonly<Record<ServiceStatus['guards'][number]['guard'], MessageKey>> = {
  panic: 'guard.panic',
  'min-healthy': 'guard.min-healthy',
  'max-ejected': 'guard.max-ejected',
  breaker: 'guard.breaker',
}

function directorTroubles({ directors, missingDirectors = [] }: Status): Trouble[] {
  if (directors.length === 0) {
    return [{ severity: 'critical', key: 'trouble.no-director', params: {} }]
  }
  const told = directors.flatMap(({ name: director, ...state }): Trouble[] => {
    const { problem, unmanagedSince, differences: [first] = [] } = state
    if (problem !== undefined) return [aboutDirector('trouble.director', { director, problem })]
    if (unmanagedSince !== undefined) return [aboutDirector('trouble.unmanaged', { director })]
    return first === undefined ? [] : [aboutDirector('trouble.differs', { director, first })]
  })
  const missing = missingDirectors.map((director) => aboutDirector('trouble.missing', { director }))
  return [...told, ...missing]
}

function aboutDirector(key: MessageKey, params: Params): Trouble {
  return { severity: 'critical', key, params }
}

function watchTroubles({ vantages = [], probers = [] }: Status): Trouble[] {
  const suspects = vantages.flatMap(({ name: vantage, suspect: why }): Trouble[] =>
    why === undefined
      ? []
      : [{ severity: 'warning', key: 'trouble.vantage', params: { vantage, why } }],
  )
  const lost = probers
    .filter(({ alive }) => !alive)
    .map(({ name: prober }): Trouble => {
      return { severity: 'warning', key: 'trouble.prober', params: { prober } }
    })
  return [...suspects, ...lost]
}
