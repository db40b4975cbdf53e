import type { BreakerPolicy } from '../../shared/domain/guards.ts'
import { isKnown } from '../../shared/domain/judge.ts'
import { clearAlert, raiseAlert, serviceAlertKey } from './alerts.ts'
import type { Candidate } from './candidate.ts'
import { candidateOf } from './candidate-of.ts'
import type { Command } from './command.ts'
import { explainVerdict, explainWarnings } from './explain.ts'
import { judgeBreaker } from './guards/breaker.ts'
import { about, record, recordWeight } from './record.ts'
import { recordBelieved, recordGuards } from './record-guards.ts'
import { recordPool } from './record-pool.ts'
import { serverHook } from './run-hooks.ts'
import { serve } from './serving.ts'
import { isFailing, standingOf } from './standing.ts'
import type { ControllerState, Placement, ServerState, ServiceState } from './state.ts'
import { failsAtOnce } from './templates.ts'
import { isSilent } from './watch.ts'

/** Decides one service anew; `moved` says whether its part of the table changed. */
export function decideService(
  state: ControllerState,
  service: ServiceState,
  at: number,
): { readonly commands: readonly Command[]; readonly moved: boolean } {
  const commands: Command[] = []
  for (const server of service.servers) updateVerdict(server, at, commands)
  const candidates = service.servers.map((server) => candidateOf(state, server))
  commands.push(...moveBreaker(state, service, candidates, at))
  const serving = serve(service.config, candidates, service)
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
    followRamp(server, from, at)
    if (isWorthRecording(placement, from)) commands.push(recordWeight(server, from, at))
  }
  commands.push(...recordGuards(state, service, serving.guards, at))
  const isSorryMoved = serving.sorry !== service.sorry
  if (isSorryMoved || (serving.sorry && serving.sorryWeight !== service.sorryWeight)) moved = true
  commands.push(...recordPool(state, service, serving, at))
  commands.push(...watchEmpty(state, service, serving.empty && !serving.sorry, at))
  commands.push(...watchWarnings(state, service, at))
  if (moved) service.table = undefined
  return { commands, moved }
}

function moveBreaker(
  state: ControllerState,
  service: ServiceState,
  candidates: readonly Candidate[],
  at: number,
): readonly Command[] {
  const policy = service.config.guards?.breaker
  if (policy === undefined && service.breaker.state === 'closed') return []
  const evidence = {
    template: policy && templateThatFails(state, service, policy),
    heard: areFailuresHeard(service, at),
  }
  const breaker = judgeBreaker(service.breaker, policy, candidates, evidence, at)
  const isBelieved = breaker.state === 'believed' && service.breaker.state === 'frozen'
  service.breaker = breaker
  return isBelieved ? [recordBelieved(service, breaker, 'the failures have lasted', at)] : []
}

function areFailuresHeard({ servers }: ServiceState, at: number): boolean {
  const failing = servers.filter(({ verdict }) => verdict === 'down')
  return failing.every(({ checks }) => checks.some((one) => isFailing(one) && !isSilent(one, at)))
}

/** A template is only looked at where somebody of this service fails. */
function templateThatFails(
  state: ControllerState,
  { servers }: ServiceState,
  policy: BreakerPolicy,
): string | undefined {
  for (const { checks } of servers) {
    for (const { spec } of checks) {
      const template = state.targets.get(spec.probe)?.template
      if (template !== undefined && failsAtOnce(template, policy)) return template.label
    }
  }
  return undefined
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
  if (isKnown(from) && isKnown(verdict)) {
    commands.push(...serverHook(server, verdict === 'up' ? 'onUp' : 'onDown', at))
  }
}

/** Who comes in begins a ramp; who is out has none. */
function followRamp(server: ServerState, from: number | null, at: number): void {
  const { weight, because } = server.placement
  if (server.service.config.slowStart === undefined) return
  if (weight === null || weight === 0) server.ramp = undefined
  else if (because.type === 'slow-start' && (from === null || from === 0)) {
    server.ramp = { step: 0, since: at }
  }
}

/** Rows taken over as they were found are no news. */
function isWorthRecording({ weight, because }: Placement, from: number | null): boolean {
  return weight !== from && because.type !== 'held'
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
