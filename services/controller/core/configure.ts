import type { CheckSpec } from '../../shared/domain/check-spec.ts'
import { type Health, isKnown, type Verdict } from '../../shared/domain/judge.ts'
import type { Cluster, RealServer, VirtualService } from '../../shared/domain/virtual-service.ts'
import { UNKNOWN_DEGRADE, WHOLE } from './degrade.ts'
import { CLOSED } from './guards/breaker.ts'
import { standingOf } from './standing.ts'
import type { CheckState, ControllerState, ServerState, ServiceState } from './state.ts'
import { collectTemplates } from './templates.ts'

/**
 * Takes a new cluster in. What stays keeps its verdicts, streaks and overrides: a check is known
 * again by its label, a real server by its name and address. Returns all services; what is new in
 * them is to be seeded from the table.
 */
export function configure(
  state: ControllerState,
  { name, virtualServices, sysctls = {} }: Cluster,
  at: number,
): readonly ServiceState[] {
  const before = state.services
  state.clusterName = name
  state.sysctls = sysctls
  state.services = new Map()
  state.readers = new Map()
  for (const config of virtualServices) {
    const service = newService(config, before.get(config.name), at)
    state.services.set(config.name, service)
    state.dirty.add(config.name)
    for (const { checks } of service.servers) for (const check of checks) read(state, check)
  }
  collectTemplates(state, at)
  return [...state.services.values()]
}

function read(state: ControllerState, check: CheckState): void {
  const readers = state.readers.get(check.spec.probe)
  if (readers === undefined) state.readers.set(check.spec.probe, [check])
  else readers.push(check)
}

function newService(
  config: VirtualService,
  before: ServiceState | undefined,
  at: number,
): ServiceState {
  const service: ServiceState = {
    config,
    servers: [],
    guards: before?.guards ?? new Map(),
    breaker: before?.breaker ?? CLOSED,
    sorry: before?.sorry ?? false,
    table: undefined,
  }
  const known = new Map(before?.servers.map((server) => [identity(server.config), server]))
  service.servers = config.realServers.map((server) =>
    newServer(server, service, known.get(identity(server)), at),
  )
  return service
}

function identity({ name, address, port }: RealServer): string {
  return `${name} ${address} ${port}`
}

function newServer(
  config: RealServer,
  service: ServiceState,
  before: ServerState | undefined,
  at: number,
): ServerState {
  const server: ServerState = {
    config,
    service,
    checks: [],
    verdict: before?.verdict ?? 'unknown',
    since: before?.since ?? at,
    held: before?.held,
    drained: false,
    placement: before?.placement ?? { weight: null, because: { type: 'unproven' } },
    row: undefined,
    placedBy: before?.placedBy ?? 0,
    placedAt: before?.placedAt ?? at,
  }
  const known = new Map(before?.checks.map((check) => [check.spec.label, check]))
  server.checks = config.checks.map((spec) =>
    newCheck(spec, server, known.get(spec.label), before, at),
  )
  if (before !== undefined) keepPlace(server, before)
  return server
}

function newCheck(
  spec: CheckSpec,
  server: ServerState,
  same: CheckState | undefined,
  before: ServerState | undefined,
  at: number,
): CheckState {
  if (same !== undefined) {
    const { health, confirmed, last, degrade, warning, heardAt } = same
    const kept = { health, confirmed, ...(last && { last }), degrade, warning, heardAt }
    return { spec, server, ...kept }
  }
  const health: Health = { verdict: presumedVerdict(before), streak: 0 }
  const degrade = health.verdict === 'up' ? WHOLE : UNKNOWN_DEGRADE
  return { spec, server, health, confirmed: false, degrade, warning: undefined, heardAt: at }
}

/** What a new check presumes: what is known of its server, or what its place in the table says. */
function presumedVerdict(before: ServerState | undefined): Verdict {
  if (before === undefined) return 'unknown'
  if (isKnown(before.verdict) || before.held === undefined) return before.verdict
  return before.held !== null && before.held > 0 ? 'up' : 'down'
}

/** A server with a check that has not spoken yet stays where it is until it has. */
function keepPlace(server: ServerState, before: ServerState): void {
  const verdict = standingOf(server)
  if (verdict === 'unknown' && isKnown(before.verdict)) server.held = before.placement.weight
  server.verdict = verdict
}
