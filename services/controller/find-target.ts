import { nearestKey } from '../shared/domain/nearest-key.ts'
import { parseTarget, type ServerTarget } from '../shared/domain/server-target.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import {
  type ControllerState,
  type ServerState,
  type ServiceState,
  serverName,
} from './core/state.ts'

const ZONE = 'zone:'

/**
 * Reads `web1`, `web/web1` and `zone:rack-b`, each once; throws `api.unknown-target` with the
 * nearest name.
 */
export function findTargets(
  state: ControllerState,
  texts: readonly string[],
): readonly ServerTarget[] {
  const found = new Map<string, ServerTarget>()
  for (const text of texts) {
    const targets = text.startsWith(ZONE)
      ? inZone(state, text.slice(ZONE.length))
      : [findTarget(state, text)]
    for (const target of targets) found.set(`${target.service ?? ''}/${target.server}`, target)
  }
  return [...found.values()]
}

/** Reads `web1` or `web/web1`; throws `api.unknown-target` with the nearest name. */
export function findTarget(state: ControllerState, text: string): ServerTarget {
  const target = parseTarget(text)
  if (serversOf(state, target).length > 0) return target
  const isEverywhere = target.service === undefined
  const names = allServers(state).map((server) =>
    isEverywhere ? server.config.name : serverName(server),
  )
  throw unknown(isEverywhere ? 'real server' : 'real server in a service', text, names)
}

/** A virtual service by name; throws `api.unknown-target` with the nearest name. */
export function findService(state: ControllerState, name: string): ServiceState {
  const found = state.services.get(name)
  if (found !== undefined) return found
  throw unknown('virtual service', name, [...state.services.keys()])
}

/** What a target stands for: a real server in each of its services. */
export function serversOf(state: ControllerState, target: ServerTarget): readonly ServerState[] {
  const { service, server } = target
  const services =
    service === undefined
      ? [...state.services.values()]
      : [state.services.get(service)].filter((found) => found !== undefined)
  return services.flatMap(({ servers }) => servers.filter(({ config }) => config.name === server))
}

function inZone(state: ControllerState, zone: string): readonly ServerTarget[] {
  const all = allServers(state)
  const names = new Set(all.filter(({ config }) => config.zone === zone).map((s) => s.config.name))
  if (names.size > 0) return Array.from(names, (server) => ({ server }))
  throw unknown(
    'zone',
    zone,
    all.flatMap(({ config }) => config.zone ?? []),
  )
}

function allServers(state: ControllerState): readonly ServerState[] {
  return [...state.services.values()].flatMap(({ servers }) => servers)
}

function unknown(what: string, text: string, names: readonly string[]): ServiceError {
  const near = nearestKey(text, names)
  const hint = near === undefined ? 'lvsctl status lists them all' : `did you mean ${near}?`
  return new ServiceError('api.unknown-target', `no ${what} is called ${text}: ${hint}`)
}
