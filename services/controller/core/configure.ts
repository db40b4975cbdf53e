import type { CheckSpec } from '../../shared/domain/check-spec.ts'
import { isKnown, type Verdict } from '../../shared/domain/judge.ts'
import type { Cluster, RealServer, VirtualService } from '../../shared/domain/virtual-service.ts'
import { CLOSED } from './guards/breaker.ts'
import { standingOf } from './standing.ts'
import type { CheckState, ControllerState, ServerState, ServiceState } from './state.ts'
import { collectTemplates } from './templates.ts'
import { configureVantages } from './vantages.ts'
import { looksAt, newView } from './view.ts'
import { PLAIN } from './weights/dynamic-feedback.ts'
import { newLoad } from './weights/load.ts'

/**
 * Takes a new cluster in. What stays keeps its verdicts, streaks and overrides: a check is known
 * again by its label, a real server by its name and address. Returns all services; what is new in
 * them is to be seeded from the table.
 */
export function configure(
  state: ControllerState,
  { name, vantages, virtualServices, sysctls = {} }: Cluster,
  at: number,
): readonly ServiceState[] {
  const before = state.services
  state.clusterName = name
  state.sysctls = sysctls
  state.services = new Map()
  state.readers = new Map()
  state.moving = new Set()
  for (const config of virtualServices) {
    const service = newService(config, before.get(config.name), at)
    state.services.set(config.name, service)
    state.dirty.add(config.name)
    if ((config.slowStart ?? config.dynamicWeight) !== undefined) state.moving.add(config.name)
    for (const { checks } of service.servers) {
      for (const check of checks) {
        read(state, check)
        look(state, check, at)
      }
    }
  }
  collectTemplates(state, at)
  configureVantages(state, vantages, at)
  return [...state.services.values()]
}

function read(state: ControllerState, check: CheckState): void {
  const readers = state.readers.get(check.spec.probe)
  if (readers === undefined) state.readers.set(check.spec.probe, [check])
  else readers.push(check)
}

/** Whoever shall look at the service has a view; who shall not any more has none. */
function look(state: ControllerState, check: CheckState, at: number): void {
  const { service } = check.server
  check.views = check.views.filter(({ vantage }) => looksAt(vantage, service))
  for (const vantage of state.vantages.values()) {
    if (!looksAt(vantage, service) || check.views.some((view) => view.vantage === vantage)) continue
    check.views.push(newView(check, vantage, at))
  }
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
    sorryWeight: before?.sorryWeight ?? 1,
    tier: before?.tier ?? 0,
    quorum: before?.quorum ?? 'unknown',
    live: before?.live ?? 0,
    adjustedAt: before?.adjustedAt ?? at,
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
    ramp: service.config.slowStart === undefined ? undefined : before?.ramp,
    dynamic: service.config.dynamicWeight === undefined ? PLAIN : (before?.dynamic ?? PLAIN),
    load: before?.load ?? newLoad(),
    wish: before?.wish,
    decay: before?.decay,
    cutShort: before?.cutShort,
    drained: before?.drained ?? false,
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
  const presumed = same?.presumed ?? presumedVerdict(before)
  // Written out, one shape for all: these are read thousands of times a second.
  return {
    spec,
    server,
    views: same?.views ?? [],
    verdict: same?.verdict ?? 'unknown',
    presumed,
    factor: same === undefined ? (presumed === 'up' ? 1 : undefined) : same.factor,
    warning: same?.warning,
    since: same?.since ?? at,
  }
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
