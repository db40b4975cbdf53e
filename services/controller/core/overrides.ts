import { formatDuration } from '../../shared/domain/duration.ts'
import { type Override, overrideKey } from '../../shared/domain/override.ts'
import type { Command } from './command.ts'
import type { OperatorRequest, OperatorTarget } from './event.ts'
import { type ControllerState, type ServerState, serverName } from './state.ts'

/** The override that holds for a real server: maintenance before drain, then the wider one. */
export function overrideOf(state: ControllerState, server: ServerState): Override | undefined {
  if (state.overrides.size === 0) return undefined
  const everywhere = state.overrides.get(server.config.name)
  const here = state.overrides.get(serverName(server))
  return everywhere?.kind === 'maintenance'
    ? everywhere
    : here?.kind === 'maintenance'
      ? here
      : (everywhere ?? here)
}

/** Does what an operator asked; the targets are known to exist. */
export function operate(
  state: ControllerState,
  request: OperatorRequest,
  at: number,
): readonly Command[] {
  const commands: Command[] = []
  for (const target of request.targets) {
    if (request.verb === 'enable') commands.push(...enable(state, target))
    else commands.push(setOverride(state, newOverride(request, request.verb, target, at)))
    commands.push({
      type: 'record-event',
      event: {
        at,
        type: 'operator',
        server: target.server,
        ...(target.service !== undefined && { service: target.service }),
        by: request.owner,
        to: request.verb,
        message: operatorMessage(request, target),
      },
    })
  }
  return commands
}

/** Ends the overrides whose time is up. */
export function expireOverrides(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const [key, override] of state.overrides) {
    if (override.until === undefined || override.until > at) continue
    const { kind, server, service, owner } = override
    commands.push(...removeOverride(state, key), {
      type: 'record-event',
      event: {
        at,
        type: 'override-ended',
        server,
        ...(service !== undefined && { service }),
        by: owner,
        from: kind,
        message: `${kind} of ${key} by ${owner} has ended as asked: it serves if its checks pass`,
      },
    })
  }
  return commands
}

/** Puts an override in force and asks for it to be stored. */
export function setOverride(state: ControllerState, override: Override): Command {
  state.overrides.set(overrideKey(override), override)
  touch(state, override)
  return { type: 'put-override', override }
}

function enable(state: ControllerState, { server, service }: OperatorTarget): readonly Command[] {
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
export function touch(state: ControllerState, { server, service }: Override): void {
  for (const [name, { servers }] of state.services) {
    if (service !== undefined && service !== name) continue
    for (const candidate of servers) {
      if (candidate.config.name !== server) continue
      candidate.drained = false
      state.dirty.add(name)
    }
  }
}

function newOverride(
  { owner, reason, forMs }: OperatorRequest,
  kind: Override['kind'],
  { server, service }: OperatorTarget,
  at: number,
): Override {
  return {
    kind,
    server,
    ...(service !== undefined && { service }),
    owner,
    reason,
    since: at,
    ...(forMs !== undefined && { until: at + forMs }),
  }
}

function operatorMessage(
  { verb, owner, reason, forMs }: OperatorRequest,
  { server, service }: OperatorTarget,
): string {
  const where = service === undefined ? `${server} in all its services` : `${service}/${server}`
  const act = verb === 'maintenance' ? `put ${where} into maintenance` : `${verb} ${where}`
  const until = forMs === undefined ? '' : ` for ${formatDuration(forMs)}`
  return `${owner} asked to ${act}${until}${reason === '' ? '' : `: ${reason}`}`
}
