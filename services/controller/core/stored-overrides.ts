import { type Override, overrideKey } from '../../shared/domain/override.ts'
import { raiseAlert } from './alerts.ts'
import type { Command } from './command.ts'
import type { Event } from './event.ts'
import { touch } from './overrides.ts'
import type { ControllerState } from './state.ts'

/** Who makes overrides up when stored ones were lost. */
export const MADE_UP_BY = 'lvs-warden'

/**
 * Takes the stored overrides for what holds: at the start, and again when the lead is taken, for
 * who led before may have stored some that we have not seen yet.
 */
export function loadOverrides(
  state: ControllerState,
  { overrides, damage, at }: Extract<Event, { type: 'overrides-loaded' }>,
): readonly Command[] {
  const isFirst = !state.overridesLoaded
  const stored = new Set(overrides.map(overrideKey))
  const unstored: Override[] = []
  for (const [key, override] of state.overrides) {
    if (stored.has(key)) continue
    if (override.owner === MADE_UP_BY) unstored.push(override)
    else put(state, key, undefined)
  }
  for (const override of overrides) put(state, overrideKey(override), override)
  state.overridesLoaded = true
  if (!isFirst) return unstored.map((override) => ({ type: 'put-override', override }))
  for (const name of state.services.keys()) state.dirty.add(name)
  state.overridesDamage = damage
  if (damage === undefined) return []
  const message =
    `stored overrides were damaged: ${damage}; ` +
    'what is out of the table stays out until lvsctl enable'
  return [
    { type: 'record-event', event: { at, type: 'state-damaged', message } },
    ...raiseAlert(state, { key: 'state-damaged', severity: 'critical', message, since: at }),
  ]
}

/**
 * Another controller has stored an override or deleted one. What it asked for in words is recorded
 * here too, in case that it could not do so any more.
 */
export function takeStoredOverride(
  state: ControllerState,
  { key, override, at }: Extract<Event, { type: 'override-stored' }>,
): readonly Command[] {
  if (!put(state, key, override) || override === undefined) return []
  const { kind, server, service, owner, reason } = override
  const message = `${owner} asked for ${kind} of ${key}${reason === '' ? '' : `: ${reason}`}`
  const where = service === undefined ? { server } : { server, service }
  return [
    {
      type: 'record-event',
      event: { at, type: 'operator', ...where, by: owner, to: kind, message },
    },
  ]
}

/** False when nothing is new. */
function put(state: ControllerState, key: string, override: Override | undefined): boolean {
  const before = state.overrides.get(key)
  if (isSame(before, override)) return false
  if (override === undefined) state.overrides.delete(key)
  else state.overrides.set(key, override)
  const target = override ?? before
  if (target !== undefined) touch(state, target)
  return true
}

function isSame(one: Override | undefined, other: Override | undefined): boolean {
  return inOrder(one) === inOrder(other)
}

function inOrder(override: Override | undefined): string {
  return JSON.stringify(Object.entries(override ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
