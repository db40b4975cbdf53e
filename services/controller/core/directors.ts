import type { DirectorReport } from '../../shared/domain/director-report.ts'
import type { CountedService } from '../../shared/domain/table.ts'
import { serviceKey } from '../../shared/domain/virtual-service.ts'
import type { ControllerState, ServiceState } from './state.ts'

/** Names of all directors: those of the cluster file, or else whoever has reported. */
export function allDirectors(state: ControllerState): readonly string[] {
  return state.namedDirectors ?? [...state.directors.keys()]
}

/** Names of the directors that serve a virtual service. */
export function directorsOf(state: ControllerState, service: ServiceState): readonly string[] {
  return service.config.directors ?? allDirectors(state)
}

/** The cluster file names it, or names none at all. */
export function isNamed(state: ControllerState, director: string): boolean {
  return state.namedDirectors?.includes(director) ?? true
}

/** What those directors that serve a service hold of it, of the reports that are given. */
export function holdersOf(
  state: ControllerState,
  service: ServiceState,
  reports: readonly DirectorReport[],
): readonly Holder[] {
  const key = serviceKey(service.config.address)
  const serving = directorsOf(state, service)
  return reports.flatMap(({ director, services }) => {
    if (!serving.includes(director)) return []
    const found = services.find(({ address }) => serviceKey(address) === key)
    return found === undefined ? [] : [{ director, found }]
  })
}

/** One director's rows of a virtual service. */
export interface Holder {
  readonly director: string
  readonly found: CountedService
}
