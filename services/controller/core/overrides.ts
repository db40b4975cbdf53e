import {
  type Outage,
  type Override,
  overrideKey,
  type WeightOverride,
} from '../../shared/domain/override.ts'
import type { ServerTarget } from '../../shared/domain/server-target.ts'
import { formatTarget } from '../../shared/domain/server-target.ts'
import type { Command } from './command.ts'
import type { OperatorRequest } from './event.ts'
import { operatorMessage } from './operator-words.ts'
import { record } from './record.ts'
import { type ControllerState, type ServerState, serverName } from './state.ts'

/** The outage that holds for a real server: maintenance before drain, then the wider one. */
export function overrideOf(state: ControllerState, server: ServerState): Outage | undefined {
  if (state.overrides.size === 0) return undefined
  const everywhere = outageAt(state, server.config.name)
  const here = outageAt(state, serverName(server))
  return everywhere?.kind === 'maintenance'
    ? everywhere
    : here?.kind === 'maintenance'
      ? here
      : (everywhere ?? here)
}

/** The weight that an operator wants of a real server; the narrower one goes first. */
export function wishOf(state: ControllerState, server: ServerState): WeightOverride | undefined {
  if (state.overrides.size === 0) return undefined
  const { name } = server.config
  const here = { kind: 'weight', server: name, service: server.service.config.name } as const
  const found =
    state.overrides.get(overrideKey(here)) ??
    state.overrides.get(overrideKey({ kind: 'weight', server: name }))
  return found?.kind === 'weight' ? found : undefined
}

function outageAt({ overrides }: ControllerState, key: string): Outage | undefined {
  const found = overrides.get(key)
  return found === undefined || found.kind === 'weight' ? undefined : found
}

/** Does what an operator asked; the targets are known to exist. The last word counts. */
export function operate(
  state: ControllerState,
  request: OperatorRequest,
  at: number,
): readonly Command[] {
  const commands: Command[] = []
  for (const target of request.targets) {
    const before = inTheWay(state, request, target)
    commands.push(...carryOut(state, request, target, at))
    const { server, service } = target
    const event = { at, type: 'operator', by: request.owner, to: request.verb } as const
    const message = operatorMessage(request, target, before)
    commands.push(record({ ...event, server, ...(service !== undefined && { service }), message }))
  }
  return commands
}

function carryOut(
  state: ControllerState,
  request: OperatorRequest,
  target: ServerTarget,
  at: number,
): readonly Command[] {
  if (request.verb === 'enable') return enable(state, target)
  if (request.verb === 'weight' && request.weight === 'configured') {
    return removeOverride(state, overrideKey({ kind: 'weight', ...target }))
  }
  return [setOverride(state, newOverride(request, target, at))]
}

/** What somebody else has said about the same target, which this order replaces. */
function inTheWay(
  state: ControllerState,
  { verb, owner }: OperatorRequest,
  target: ServerTarget,
): Override | undefined {
  const kind = verb === 'weight' ? 'weight' : 'drain'
  const found = state.overrides.get(overrideKey({ kind, ...target }))
  return found?.owner === owner && found.kind === verb ? undefined : found
}

/** Ends the overrides whose time is up. */
export function expireOverrides(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const [key, override] of state.overrides) {
    if (override.until === undefined || override.until > at) continue
    const { kind, server, service, owner } = override
    const about = { server, ...(service !== undefined && { service }), by: owner, from: kind }
    const target = formatTarget(override)
    const then = kind === 'weight' ? 'the configured weight is back' : afterwards(state, override)
    const message = `${kind} of ${target} by ${owner} has ended as asked: ${then}`
    commands.push(
      ...removeOverride(state, key),
      record({ at, type: 'override-ended', ...about, message }),
    )
  }
  return commands
}

/** Nobody comes back who is not well. */
function afterwards(state: ControllerState, { server, service }: Override): string {
  const failing: string[] = []
  for (const { config, servers } of state.services.values()) {
    if (service !== undefined && service !== config.name) continue
    const found = servers.find((one) => one.config.name === server)
    if (found?.verdict === 'down') failing.push(config.name)
  }
  return failing.length === 0
    ? 'it serves if its checks pass'
    : `its checks fail in ${failing.join(', ')}: there it stays out until they pass`
}

/** Puts an override in force and asks for it to be stored. */
export function setOverride(state: ControllerState, override: Override): Command {
  state.overrides.set(overrideKey(override), override)
  touch(state, override)
  return { type: 'put-override', override }
}

function enable(state: ControllerState, { server, service }: ServerTarget): readonly Command[] {
  const keys = [...state.overrides]
    .filter(
      ([, over]) => over.server === server && (service === undefined || over.service === service),
    )
    .map(([key]) => key)
  return keys.flatMap((key) => removeOverride(state, key))
}

function removeOverride(state: ControllerState, key: string): readonly Command[] {
  const override = state.overrides.get(key)
  if (override === undefined) return []
  state.overrides.delete(key)
  touch(state, override)
  return [{ type: 'delete-override', key }]
}

/** The services that an override concerns are decided anew; a drain starts over. */
export function touch(state: ControllerState, { kind, server, service }: Override): void {
  for (const [name, { servers }] of state.services) {
    if (service !== undefined && service !== name) continue
    for (const candidate of servers) {
      if (candidate.config.name !== server) continue
      if (kind !== 'weight') {
        candidate.drained = false
        candidate.decay = undefined
        candidate.cutShort = undefined
      }
      state.dirty.add(name)
    }
  }
}

function newOverride(
  request: OperatorRequest,
  { server, service }: ServerTarget,
  at: number,
): Override {
  const { owner, reason, forMs } = request
  const base = {
    server,
    ...(service !== undefined && { service }),
    owner,
    reason,
    since: at,
    ...(forMs !== undefined && { until: at + forMs }),
  }
  if (request.verb !== 'drain' && request.verb !== 'weight') return { kind: 'maintenance', ...base }
  if (request.verb === 'weight') {
    const { weight } = request
    return { kind: 'weight', ...base, weight: weight === 'configured' ? { share: 1 } : weight }
  }
  const { deadlineMs, atDeadline, hold } = request
  return {
    kind: 'drain',
    ...base,
    ...(deadlineMs !== undefined && {
      deadline: at + deadlineMs,
      atDeadline: atDeadline ?? 'keep',
    }),
    ...(hold === true && { hold }),
  }
}
