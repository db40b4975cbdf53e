import type { CauseMatch } from '../../shared/domain/cause.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { IncidentStatus } from '../../shared/wire/api-alerts.ts'
import type { Touched } from '../../shared/wire/api-route.ts'
import { type Directory, ZONE } from './directory.ts'

/**
 * The virtual services that an order concerns; `everything` when it concerns more than virtual
 * services, or cannot be told. Throws `api.unknown-target` for a real server that no service has.
 */
export async function touchedServices(
  directory: Directory,
  touched: Touched,
): Promise<readonly string[] | 'everything'> {
  if ('services' in touched) return touched.services
  if ('incident' in touched) {
    return servicesOfCauses(directory, await directory.causesOfIncident(touched.incident))
  }
  if ('match' in touched) return servicesOfMatch(directory, touched.match)
  if ('silence' in touched) {
    const match = await directory.matchOfSilence(touched.silence)
    return match === undefined ? [] : servicesOfMatch(directory, match)
  }
  const { targets, window } = touched
  const ofWindow = window === undefined ? [] : await directory.targetsOfWindow(window)
  const lists = [...targets, ...ofWindow].map((target) => servicesOfTarget(directory, target))
  return (await Promise.all(lists)).flat()
}

/** Causes without a service are about directors, probers or vantages: they are everybody's. */
async function servicesOfCauses(
  directory: Directory,
  causes: IncidentStatus['causes'],
): Promise<readonly string[] | 'everything'> {
  if (causes.some(({ service, server }) => (service ?? server) === undefined)) return 'everything'
  const lists = causes.map(({ service, server = '' }) =>
    service === undefined ? servicesOfName(directory, server) : [service],
  )
  return (await Promise.all(lists)).flat()
}

/** All that a match says must hold, so the most telling thing bounds what it can cover. */
async function servicesOfMatch(
  directory: Directory,
  { services, servers, zones }: CauseMatch,
): Promise<readonly string[] | 'everything'> {
  if (services !== undefined) return services
  const names = servers ?? zones?.map((zone) => `${ZONE}${zone}`)
  if (names === undefined) return 'everything'
  return (await Promise.all(names.map((name) => servicesOfName(directory, name)))).flat()
}

async function servicesOfTarget(directory: Directory, target: string): Promise<readonly string[]> {
  // A zone is of real servers in all their services, whatever characters are in its name.
  const slash = target.startsWith(ZONE) ? -1 : target.indexOf('/')
  return slash >= 0 ? [target.slice(0, slash)] : servicesOfName(directory, target)
}

async function servicesOfName(
  { servicesOf }: Pick<Directory, 'servicesOf'>,
  name: string,
): Promise<readonly string[]> {
  const services = await servicesOf(name)
  if (services.length > 0) return services
  throw new ServiceError('api.unknown-target', `there is no ${name}`)
}
