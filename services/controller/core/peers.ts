import { formatDuration } from '../../shared/domain/duration.ts'
import { clearAlert, raiseAlert } from './alerts.ts'
import type { Command } from './command.ts'
import type { Presence } from './event.ts'
import type { ControllerState } from './state.ts'

const SILENCE_MS = 5000
/** One that has been replaced under another name is not missed for ever. */
const FORGET_MS = 3_600_000

/** A controller says that it is there, or that it goes. */
export function hearController(
  state: ControllerState,
  { controller, role, isWarm, startedAt }: Presence,
  at: number,
): readonly Command[] {
  if (role !== 'leaving') {
    state.peers.set(controller, { role, isWarm, startedAt, heardAt: at })
    return []
  }
  state.peers.delete(controller)
  return clearAlert(state, alertKey(controller), at)
}

/** A standby that is gone is missed by whoever leads. */
export function watchPeers(state: ControllerState, at: number): readonly Command[] {
  if (state.role !== 'leading') return []
  const commands: Command[] = []
  for (const [controller, { heardAt }] of state.peers) {
    const silentMs = at - heardAt
    const key = alertKey(controller)
    if (silentMs > FORGET_MS) state.peers.delete(controller)
    if (silentMs <= SILENCE_MS || silentMs > FORGET_MS) {
      commands.push(...clearAlert(state, key, at))
      continue
    }
    const message = `controller ${controller} has not been heard for ${formatDuration(silentMs)}`
    commands.push(...raiseAlert(state, { key, severity: 'warning', message, since: at }))
  }
  return commands
}

function alertKey(controller: string): string {
  return `controller-silent/${controller}`
}
