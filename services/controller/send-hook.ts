import { serviceKey } from '../shared/domain/virtual-service.ts'
import type { Bus } from '../shared/ports/bus.ts'
import { type HookOrder, hookOrderMessage } from '../shared/wire/hook-message.ts'
import { hookSubject } from '../shared/wire/subjects.ts'
import type { ControllerState } from './core/state.ts'

/** Asks every director that holds the service to run a hook; nobody waits for it. */
export function sendHook(bus: Bus, state: ControllerState, order: HookOrder): void {
  const config = state.services.get(order.service)?.config
  if (config === undefined) return
  const key = serviceKey(config.address)
  for (const { director, services, foreign } of state.directors.values()) {
    const holds = services.some(({ address }) => serviceKey(address) === key)
    if (!holds || foreign.includes(key)) continue
    bus.publish(hookSubject(state.clusterName, director), hookOrderMessage.encode(order))
  }
}
