import { plainAlerting } from '../../shared/domain/alerting.ts'
import type { Cause } from '../../shared/domain/cause.ts'
import type { Delivered } from '../../shared/domain/delivered.ts'
import type { Order } from '../../shared/domain/notification.ts'
import { acknowledge, addSilence, endSilences, removeSilence } from './acts.ts'
import {
  type AlertCommand,
  type AlertCoreConfig,
  type AlertEvent,
  type AlertState,
  keep,
} from './alert-state.ts'
import { isOpen, standingCauses, type Told } from './incident.ts'
import { markCauses } from './mark-causes.ts'
import { settleIncident } from './settle-incident.ts'
import { startupOrders } from './startup.ts'
import { takeSeen } from './take-seen.ts'

/** Decides who is told what: the same events give the same commands. */
export interface AlertCore {
  readonly state: AlertState
  handle(event: AlertEvent): readonly AlertCommand[]
}

/** Without an answer for so long, nobody watches the cluster. */
const UNSEEN_MS = 30_000
const MINUTE_MS = 60_000
/** Incidents that are over, for `lvsctl alerts --all` and for what flaps. */
const MAX_CLOSED = 100

/** A core that knows nothing yet; it decides nothing before it has begun and seen something. */
export function createAlertCore(config: AlertCoreConfig): AlertCore {
  const state: AlertState = {
    config,
    policy: plainAlerting({}),
    memory: { nextId: 1, nextSilence: 1, activeAt: 0, pending: [] },
    incidents: new Map(),
    silences: new Map(),
    seenAt: 0,
    lastSeen: undefined,
    hasBegun: false,
    dirty: new Set(),
    savedMemory: undefined,
    savedPending: new Map(),
  }
  return { state, handle: (event) => finish(state, take(state, event)) }
}

function take(state: AlertState, event: AlertEvent): readonly AlertCommand[] {
  const { at } = event
  switch (event.type) {
    case 'began':
      return begin(state, event)
    case 'configured':
      state.policy = event.policy
      return settle(state, at)
    case 'seen': {
      const isFirst = state.lastSeen === undefined
      state.seenAt = at
      state.lastSeen = event.causes
      const taken = takeSeen(state, event.causes, at)
      return [...taken, ...settle(state, at), ...(isFirst ? startupOrders(state, at) : [])]
    }
    case 'ticked':
      return tick(state, at)
    case 'acked':
      return [...acknowledge(state, event), ...settle(state, at)]
    case 'silenced':
      return [...addSilence(state, event), ...settle(state, at)]
    case 'unsilenced':
      return [...removeSilence(state, event), ...settle(state, at)]
    case 'taken':
      forgetPending(state, event.orders)
      return []
    case 'ended':
      takeResult(state, event.delivered)
      return []
  }
}

function begin(
  state: AlertState,
  { at, incidents, silences, memory }: Extract<AlertEvent, { readonly type: 'began' }>,
): readonly AlertCommand[] {
  if (memory !== undefined) state.memory = memory
  state.savedMemory = state.memory
  for (const incident of incidents) {
    state.incidents.set(incident.id, incident)
    state.savedPending.set(incident.id, incident.pending)
  }
  for (const silence of silences) state.silences.set(silence.id, silence)
  const highest = Math.max(0, ...incidents.map(({ id }) => id))
  if (state.memory.nextId <= highest) state.memory = { ...state.memory, nextId: highest + 1 }
  state.hasBegun = true
  state.seenAt = at
  const pending = [...state.memory.pending, ...incidents.flatMap((one) => one.pending)]
  return pending.length === 0 ? [] : [{ type: 'order', orders: pending }]
}

function tick(state: AlertState, at: number): readonly AlertCommand[] {
  const commands: AlertCommand[] = []
  if (state.hasBegun && at - state.seenAt >= UNSEEN_MS) {
    const standing = [...state.incidents.values()].filter(isOpen).flatMap(standingCauses)
    const known: readonly Cause[] = state.lastSeen ?? standing.filter(({ endedAt }) => !endedAt)
    commands.push(...takeSeen(state, [...known, unwatched(state.seenAt)], at))
    state.lastSeen ??= known
  }
  if (state.hasBegun && state.lastSeen !== undefined && at - state.memory.activeAt >= MINUTE_MS) {
    state.memory = { ...state.memory, activeAt: at }
  }
  return [...commands, ...endSilences(state, at), ...settle(state, at)]
}

function unwatched(since: number): Cause {
  const message = 'no controller answers: nobody watches the cluster; tables stay as they are'
  return { key: 'unwatched', kind: 'unwatched', severity: 'critical', message, since }
}

/** Brings everything up to a moment; nothing is decided about what has not been seen. */
function settle(state: AlertState, at: number): readonly AlertCommand[] {
  if (!state.hasBegun || state.lastSeen === undefined) return []
  markCauses(state, at)
  const commands = [...state.incidents.keys()].flatMap((id) => settleIncident(state, id, at))
  return [...commands, ...forgetOld(state)]
}

function forgetOld({ incidents, savedPending }: AlertState): readonly AlertCommand[] {
  const closed = [...incidents.values()].filter(
    (one) => !isOpen(one) && Object.keys(one.routes).length === 0 && one.pending.length === 0,
  )
  const old = closed.sort((a, b) => a.id - b.id).slice(0, -MAX_CLOSED)
  for (const { id } of old) {
    incidents.delete(id)
    savedPending.delete(id)
  }
  return old.map(({ id }) => ({ type: 'forget-incident', id }))
}

function forgetPending(state: AlertState, orders: readonly Order[]): void {
  const taken = new Set(orders.map(({ notification }) => notification.dedupKey))
  const isLeft = ({ notification }: Order) => !taken.has(notification.dedupKey)
  for (const incident of state.incidents.values()) {
    const pending = incident.pending.filter(isLeft)
    if (pending.length < incident.pending.length) keep(state, { ...incident, pending })
  }
  const pending = state.memory.pending.filter(isLeft)
  if (pending.length < state.memory.pending.length) state.memory = { ...state.memory, pending }
}

function takeResult(state: AlertState, delivered: Delivered): void {
  const { dedupKey, incident: id } = delivered.order.notification
  const incident = state.incidents.get(Number(id))
  const isMeant = (told: Told) => told.dedupKey === dedupKey
  const result: Told['state'] =
    delivered.type === 'delivered'
      ? 'delivered'
      : delivered.letter.isUncertain
        ? 'uncertain'
        : 'given-up'
  if (incident?.told.find(isMeant)?.state !== 'decided') return
  const told = incident.told.map((one) => (isMeant(one) ? { ...one, state: result } : one))
  keep(state, { ...incident, told })
}

/** What changed is stored before anything is told; what is forgotten is not stored again. */
function finish(state: AlertState, commands: readonly AlertCommand[]): readonly AlertCommand[] {
  const saves: AlertCommand[] = []
  const fresh: Order[] = []
  if (state.hasBegun && state.memory !== state.savedMemory) {
    saves.push({ type: 'save-memory', memory: state.memory })
    fresh.push(...newlyPending(state.savedMemory?.pending ?? [], state.memory.pending))
    state.savedMemory = state.memory
  }
  for (const id of state.dirty) {
    const incident = state.incidents.get(id)
    if (incident === undefined) continue
    saves.push({ type: 'save-incident', incident })
    fresh.push(...newlyPending(state.savedPending.get(id) ?? [], incident.pending))
    state.savedPending.set(id, incident.pending)
  }
  state.dirty.clear()
  // Where nobody is to be told, incidents are in the list alone.
  const isMute = Object.keys(state.policy.channels).length === 0
  const said = commands.filter((command) => !isMute || !isOfIncident(command))
  const orders: AlertCommand[] = fresh.length === 0 ? [] : [{ type: 'order', orders: fresh }]
  return [...saves, ...said, ...orders]
}

function isOfIncident(command: AlertCommand): boolean {
  return command.type === 'record-event' && command.event.type === 'incident'
}

function newlyPending(before: readonly Order[], after: readonly Order[]): readonly Order[] {
  const known = new Set(before.map(({ notification }) => notification.dedupKey))
  return after.filter(({ notification }) => !known.has(notification.dedupKey))
}
