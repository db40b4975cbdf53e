import { falters, hasPassedSince } from '../standing.ts'
import type { ControllerState, ServerState, ServiceState } from '../state.ts'
import { adjust } from './dynamic-feedback.ts'
import { measure } from './load.ts'
import { moveRamp } from './slow-start.ts'

/** A director that has not reported for so long tells no load. */
const FRESH_MS = 5000

/** As time goes by: ramps take their steps, and weights follow the load. */
export function watchWeights(state: ControllerState, at: number): void {
  for (const name of state.moving) {
    const service = state.services.get(name)
    if (service === undefined) continue
    const { slowStart, dynamicWeight } = service.config
    if (slowStart !== undefined) moveRamps(state, service, at)
    if (dynamicWeight === undefined || at - service.adjustedAt < dynamicWeight.intervalMs) continue
    if (!isFresh(state, at)) continue
    service.adjustedAt = at
    adjustService(state, service)
  }
}

function moveRamps(state: ControllerState, service: ServiceState, at: number): void {
  const { slowStart } = service.config
  if (slowStart === undefined) return
  for (const server of service.servers) {
    const { ramp } = server
    if (ramp === undefined) continue
    const sight = { falters: falters(server), passed: hasPassedSince(server, ramp.since) }
    const next = moveRamp(ramp, slowStart, sight, at)
    if (next?.step !== ramp.step) state.dirty.add(service.config.name)
    server.ramp = next
  }
}

/** Only those that take their share: not who is out, on a ramp, or under an operator's weight. */
function adjustService(state: ControllerState, service: ServiceState): void {
  const { dynamicWeight, name } = service.config
  if (dynamicWeight === undefined) return
  const measured = service.servers.map((server) => ({
    server,
    measured: measure(state, server),
    weight: server.dynamic,
  }))
  const taking = measured.filter(({ server }) => takesItsShare(server))
  if (taking.length < 2) return
  const weights = adjust(taking, dynamicWeight)
  for (const [index, { server }] of taking.entries()) {
    const next = weights[index]
    if (next === undefined) continue
    if (next.factor !== server.dynamic.factor) state.dirty.add(name)
    server.dynamic = next
  }
}

function takesItsShare({ placement, ramp, wish, verdict, config }: ServerState): boolean {
  return (
    (placement.weight ?? 0) > 0 &&
    config.weight > 0 &&
    ramp === undefined &&
    wish === undefined &&
    verdict === 'up'
  )
}

function isFresh({ directors, directorsHeardAt }: ControllerState, at: number): boolean {
  const heard = [...directorsHeardAt.values()]
  return directors.size > 0 && heard.every((time) => at - time <= FRESH_MS)
}
