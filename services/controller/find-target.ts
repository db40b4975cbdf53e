import { nearestKey } from '../shared/domain/nearest-key.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { OperatorTarget } from './core/event.ts'
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
): readonly OperatorTarget[] {
  const found = new Map<string, OperatorTarget>()
  for (const text of texts) {
    const targets = text.startsWith(ZONE)
      ? inZone(state, text.slice(ZONE.length))
      : [findTarget(state, text)]
    for (const target of targets) found.set(`${target.service ?? ''}/${target.server}`, target)
  }
  return [...found.values()]
}

/** Reads `web1` or `web/web1`; throws `api.unknown-target` with the nearest name. */
export function findTarget(state: ControllerState, text: string): OperatorTarget {
  const slash = text.indexOf('/')
  const target =
    slash < 0 ? { server: text } : { service: text.slice(0, slash), server: text.slice(slash + 1) }
  if (serversOf(state, target).length > 0) return target
  const names = allServers(state).map((server) =>
    slash < 0 ? server.config.name : serverName(server),
  )
  throw unknown(slash < 0 ? 'real server' : 'real server in a service', text, names)
}

/** A virtual service by name; throws `api.unknown-target` with the nearest name. */
export function findService(state: ControllerState, name: string): ServiceState {
  const found = state.services.get(name)
  if (found !== undefined) return found
  throw unknown('virtual service', name, [...state.services.keys()])
}

/** What a target stands for: a real server in each of its services. */
export function serversOf(state: ControllerState, target: OperatorTarget): readonly ServerState[] {
  const { service, server } = target
  const services =
    service === undefined
      ? [...state.services.values()]
      : [state.services.get(service)].filter((found) => found !== undefined)
  return services.flatMap(({ servers }) => servers.filter(({ config }) => config.name === server))
}

function inZone(state: ControllerState, zone: string): readonly OperatorTarget[] {
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
