import { overrideKey } from '../shared/domain/override.ts'
import type { ServerTarget } from '../shared/domain/server-target.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type {
  Changed,
  DrainRequest,
  OverrideRequest,
  Released,
  ReleaseRequest,
  ServiceProjection,
  WeightRequest,
} from '../shared/wire/api.ts'
import { sysctlOf } from './core/drain/drain-plan.ts'
import { remarksOn } from './core/drain/drain-progress.ts'
import { projectServices } from './core/drain/project-services.ts'
import type { OperatorRequest } from './core/event.ts'
import type { ControllerState, ServerState } from './core/state.ts'
import { findService, findTargets, serversOf } from './find-target.ts'
import { objectionsTo } from './objections.ts'
import type { ControllerShell } from './shell.ts'
import { realServerStatus } from './status.ts'

/** Lets real servers run empty, unless the rest cannot carry it. */
export async function drain(
  shell: ControllerShell,
  request: DrainRequest,
  at: number,
): Promise<Changed> {
  const { state } = shell.core
  const targets = findTargets(state, request.targets)
  if (request.force !== true) {
    refuseOverload(state, targets)
    if (request.atDeadline === 'cut') refuseCut(state)
  }
  const { deadlineMs, atDeadline, hold } = request
  return carryOut(shell, at, {
    verb: 'drain',
    ...wordOf(request, targets),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(atDeadline !== undefined && { atDeadline }),
    ...(hold === true && { hold }),
  })
}

/** Takes real servers out at once, unless the rest cannot carry it. */
export async function maintain(
  shell: ControllerShell,
  request: OverrideRequest,
  at: number,
): Promise<Changed> {
  const { state } = shell.core
  const targets = findTargets(state, request.targets)
  if (request.force !== true) refuseOverload(state, targets)
  return carryOut(shell, at, { verb: 'maintenance', ...wordOf(request, targets) })
}

/** Ends whatever operators have said. */
export async function enable(
  shell: ControllerShell,
  request: OverrideRequest,
  at: number,
): Promise<Changed> {
  const { state } = shell.core
  const targets = findTargets(state, request.targets)
  for (const target of targets) refuseNarrowEnable(state, target)
  return carryOut(shell, at, { verb: 'enable', ...wordOf(request, targets) })
}

/** Another weight than the configured one, or that one again. */
export async function giveWeight(
  shell: ControllerShell,
  request: WeightRequest,
  at: number,
): Promise<Changed> {
  const targets = findTargets(shell.core.state, request.targets)
  const { weight } = request
  return carryOut(shell, at, { verb: 'weight', ...wordOf(request, targets), weight })
}

/** Believes what the breakers of these services hold back. */
export async function release(
  shell: ControllerShell,
  { services, owner, reason }: ReleaseRequest,
  at: number,
): Promise<Released> {
  const { state } = shell.core
  const found = services.map((name) => findService(state, name))
  const idle = found.find(({ breaker }) => breaker.state !== 'frozen')
  if (idle !== undefined) {
    throw new ServiceError('api.refused', `${idle.config.name} is not frozen`)
  }
  const released = found.map(({ config, breaker }) => ({
    service: config.name,
    cause: breaker.cause,
  }))
  for (const { service } of released) {
    await shell.feed({ type: 'breaker-released', at, service, owner, reason })
  }
  return { released }
}

/** Whether the rest would carry it, service by service; several at once are one question. */
export function projectionsOf(
  state: ControllerState,
  targets: readonly string[],
): ServiceProjection[] {
  const leaving = new Set(findTargets(state, targets).flatMap((target) => serversOf(state, target)))
  return Array.from(projectServices(state, leaving), ([service, projection]) => ({
    service: service.config.name,
    share: projection.share,
    servers: [...projection.servers],
    objections: [...projection.objections],
  }))
}

function wordOf(
  { owner, reason, forMs }: Omit<OverrideRequest, 'force'>,
  targets: readonly ServerTarget[],
) {
  return { targets, owner, reason, ...(forMs !== undefined && { forMs }) }
}

async function carryOut(
  shell: ControllerShell,
  at: number,
  request: OperatorRequest,
): Promise<Changed> {
  const { state } = shell.core
  const before = new Map<ServerState, { weight: number; replaced: string | undefined }>()
  for (const target of request.targets) {
    const replaced = replacedBy(state, request, target)
    for (const server of serversOf(state, target)) {
      before.set(server, { weight: server.placement.weight ?? 0, replaced })
    }
  }
  await shell.feed({ type: 'operator-asked', at, request })
  return {
    changed: Array.from(before, ([server, { weight, replaced }]) => {
      const status = realServerStatus(state, server)
      const remarks = request.verb === 'drain' ? remarksOn(state, server) : []
      return {
        service: server.service.config.name,
        server: status.name,
        admin: status.admin,
        weight: { before: weight, after: status.weight.effective },
        reason: status.reason,
        ...(replaced !== undefined && { replaced }),
        ...(remarks.length > 0 && { remarks: [...remarks] }),
      }
    }),
  }
}

/** The last word counts, and says whose it replaces. */
function replacedBy(
  { overrides }: ControllerState,
  { verb, owner }: OperatorRequest,
  target: ServerTarget,
): string | undefined {
  const kind = verb === 'weight' ? 'weight' : 'drain'
  const found = overrides.get(overrideKey({ kind, ...target }))
  if (found === undefined || found.owner === owner) return undefined
  return `${found.kind} by ${found.owner}${found.reason === '' ? '' : `: ${found.reason}`}`
}

function refuseOverload(state: ControllerState, targets: readonly ServerTarget[]): void {
  const objections = objectionsTo(state, targets)
  if (objections.length === 0) return
  throw new ServiceError(
    'api.refused',
    `the rest cannot carry it: ${objections.join('; ')}; --force does it nevertheless`,
  )
}

/** A cut that the kernel would not make is worse than none: clients would hang. */
function refuseCut({ directors }: ControllerState): void {
  for (const { director, sysctls } of directors.values()) {
    const value = sysctlOf(sysctls, 'expire_nodest_conn')
    if (value === undefined || value === 1) continue
    throw new ServiceError(
      'api.refused',
      `cut needs net.ipv4.vs.expire_nodest_conn at 1, and on ${director} it is ${value}: ` +
        'the kernel would drop packets in silence until connections time out; put ' +
        '"sysctls: { expire_nodest_conn: 1 }" into the cluster file, or use --at-deadline remove',
    )
  }
}

/** Enabling in one service cannot lift what holds in all of them. */
function refuseNarrowEnable(state: ControllerState, { server, service }: ServerTarget): void {
  const everywhere = state.overrides.get(server)
  if (service === undefined || everywhere === undefined) return
  throw new ServiceError(
    'api.refused',
    `${server} is under ${everywhere.kind} in all its services (${everywhere.owner}${
      everywhere.reason === '' ? '' : `: ${everywhere.reason}`
    }): enable ${server}, then ${everywhere.kind} it where it shall stay out`,
  )
}
