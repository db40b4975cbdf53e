import type { ControllerState } from './state.ts'

/** Services that are frozen are decided anew as time goes by: a freeze may end by its age. */
export function watchBreakers(state: ControllerState, at: number): void {
  for (const [name, { breaker, config }] of state.services) {
    if (breaker.state !== 'frozen') continue
    const holdMs = config.guards?.breaker?.holdMs ?? Number.POSITIVE_INFINITY
    if (at - breaker.since >= holdMs) state.dirty.add(name)
  }
}
