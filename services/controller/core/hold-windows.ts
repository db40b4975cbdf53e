import { clearAlert, raiseAlert } from './alerts.ts'
import type { Command } from './command.ts'
import type { Event } from './event.ts'
import type { ControllerState } from './state.ts'

/** Whom a window leaves in is alerted for as long as it does. */
export function holdWindows(
  state: ControllerState,
  { held, at }: Extract<Event, { type: 'windows-held' }>,
): readonly Command[] {
  const commands: Command[] = []
  const now = new Set<string>()
  for (const { window, target, why } of held) {
    const key = `window-held/${window}/${target}`
    now.add(key)
    const what = `maintenance window ${window} holds back ${target}`
    const message = `${what}: the rest cannot carry it: ${why}`
    commands.push(...raiseAlert(state, { key, severity: 'warning', message, since: at }))
  }
  for (const key of state.heldWindows) {
    if (!now.has(key)) commands.push(...clearAlert(state, key, at))
  }
  state.heldWindows = now
  return commands
}
