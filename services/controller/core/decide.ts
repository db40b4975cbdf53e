import type { LogEvent } from '../../shared/domain/log-event.ts'
import { clearAlert, raiseAlert, serviceAlertKey } from './alerts.ts'
import type { Command } from './command.ts'
import { explainPlacement, explainVerdict, explainWarnings } from './explain.ts'
import { overrideOf } from './overrides.ts'
import { type Candidate, serve } from './serving.ts'
import { degradedBy, factorOf, standingOf } from './standing.ts'
import {
  type ControllerState,
  type Placement,
  type ServerState,
  type ServiceState,
  serverName,
} from './state.ts'

/** Decides one service anew; `moved` says whether its part of the table changed. */
export function decideService(
  state: ControllerState,
  service: ServiceState,
  at: number,
): { readonly commands: readonly Command[]; readonly moved: boolean } {
  const commands: Command[] = []
  for (const server of service.servers) updateVerdict(server, at, commands)
  const candidates = service.servers.map((server) => ({
    weight: server.config.weight,
    verdict: server.verdict,
    degraded: degradationOf(server),
    since: server.since,
    held: server.held,
    override: overrideOf(state, server),
    drained: server.drained,
    placed: server.placement.weight,
  }))
  const serving = serve(service.config, candidates, service.sorry)
  let moved = false
  for (const [index, server] of service.servers.entries()) {
    const placement = serving.placements[index]
    if (placement === undefined) continue
    const from = server.placement.weight
    if (placement.weight !== from) {
      moved = true
      server.row = undefined
      server.placedBy = state.generation + 1
      server.placedAt = at
    }
    server.placement = placement
    if (isWorthRecording(placement, from)) commands.push(recordWeight(server, from, at))
  }
  commands.push(...recordGuard(state, service, serving.panic, at))
  if (serving.sorry !== service.sorry) moved = true
  commands.push(...recordSorry(state, service, serving.sorry, at))
  commands.push(...watchEmpty(state, service, serving.empty && !serving.sorry, at))
  commands.push(...watchWarnings(state, service, at))
  if (moved) service.table = undefined
  return { commands, moved }
}

function degradationOf(server: ServerState): Candidate['degraded'] {
  const worst = degradedBy(server)
  return worst && { factor: factorOf(worst), check: worst.spec.label }
}

function updateVerdict(server: ServerState, at: number, commands: Command[]): void {
  const verdict = standingOf(server)
  const from = server.verdict
  if (verdict === from) return
  server.verdict = verdict
  server.since = at
  if (from === 'unknown' && verdict === 'up') return
  const message = explainVerdict(server)
  commands.push(record({ ...about(server, at), type: 'health', from, to: verdict, message }))
}

/** Rows taken over as they were found are no news. */
function isWorthRecording({ weight, because }: Placement, from: number | null): boolean {
  return weight !== from && because.type !== 'held'
}

function recordWeight(server: ServerState, from: number | null, at: number): Command {
  const to = server.placement.weight
  const change = `${inWords(from)} -> ${inWords(to)}`
  const message = `${serverName(server)}: weight ${change}: ${explainPlacement(server)}`
  return record({
    ...about(server, at),
    type: 'weight',
    from: inWords(from),
    to: inWords(to),
    message,
  })
}

function inWords(weight: number | null): string {
  return weight === null ? 'none' : String(weight)
}

function recordGuard(
  state: ControllerState,
  service: ServiceState,
  panic: boolean,
  at: number,
): readonly Command[] {
  const isNews = panic !== service.panic
  service.panic = panic
  const { name, panicThreshold } = service.config
  const threshold = `${Math.round(panicThreshold * 100)} %`
  const message = panic
    ? `${name}: too few real servers are up, failed ones are kept in (panic threshold ${threshold})`
    : `${name}: enough real servers are up again (panic threshold ${threshold})`
  return switchOver(state, { type: 'guard', service: name, isOn: panic, isNews, message, at })
}

function recordSorry(
  state: ControllerState,
  service: ServiceState,
  sorry: boolean,
  at: number,
): readonly Command[] {
  const isNews = sorry !== service.sorry
  service.sorry = sorry
  const { name } = service.config
  const message = sorry
    ? `${name}: no real server is left: the sorry server serves`
    : `${name}: a real server serves again: the sorry server is out`
  return switchOver(state, {
    type: 'sorry-server',
    service: name,
    isOn: sorry,
    isNews,
    message,
    at,
  })
}

interface Switch {
  readonly type: 'guard' | 'sorry-server'
  readonly service: string
  readonly isOn: boolean
  readonly isNews: boolean
  readonly message: string
  readonly at: number
}

/**
 * What acts is alerted for as long as it does, also over a restart; only the change is an event.
 */
function switchOver(
  state: ControllerState,
  { type, service, isOn, isNews, message, at }: Switch,
): readonly Command[] {
  const key = serviceAlertKey(type, service)
  const alert = isOn
    ? raiseAlert(state, { key, severity: 'critical', message, since: at })
    : clearAlert(state, key, at)
  if (!isNews) return alert
  return [record({ at, type, service, to: isOn ? 'on' : 'off', message }), ...alert]
}

/** Nothing serves and nothing can: an alert as long as it lasts. */
function watchEmpty(
  state: ControllerState,
  service: ServiceState,
  isEmpty: boolean,
  at: number,
): readonly Command[] {
  const { name } = service.config
  const key = serviceAlertKey('no-server', name)
  if (!isEmpty) return clearAlert(state, key, at)
  const message = `${name}: no real server is left, and there is no sorry server`
  return raiseAlert(state, { key, severity: 'critical', message, since: at })
}

/** Degradation that shows in no weight: an alert as long as it lasts. */
function watchWarnings(
  state: ControllerState,
  service: ServiceState,
  at: number,
): readonly Command[] {
  const key = serviceAlertKey('degraded', service.config.name)
  const message = explainWarnings(service)
  return message === undefined
    ? clearAlert(state, key, at)
    : raiseAlert(state, { key, severity: 'warning', message, since: at })
}

function about(server: ServerState, at: number): Pick<LogEvent, 'at' | 'service' | 'server'> {
  return { at, service: server.service.config.name, server: server.config.name }
}

function record(event: LogEvent): Command {
  return { type: 'record-event', event }
}
