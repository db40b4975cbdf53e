import { matchesEvent } from '../shared/domain/log-event.ts'
import { nearestKey } from '../shared/domain/nearest-key.ts'
import { NO_CONNECTIONS } from '../shared/domain/no-traffic.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import {
  type ApiVerb,
  api,
  type Changed,
  type OverrideRequest,
  type Released,
  type ReleaseRequest,
} from '../shared/wire/api.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import { apiSubject } from '../shared/wire/subjects.ts'
import type { OperatorRequest, OperatorTarget } from './core/event.ts'
import type { ControllerState, ServerState, ServiceState } from './core/state.ts'
import { serverName } from './core/state.ts'
import type { ControllerPorts, ControllerShell } from './shell.ts'
import { realServerStatus, statusOf } from './status.ts'
import { whyOf } from './why.ts'

/** How far back somebody may look for few events among many. */
const MOST_EVENTS = 100_000

/** Answers the operators' verbs that are the controller's; returns how to stop answering. */
export function answerOperators(
  cluster: string,
  { bus, clock }: ControllerPorts,
  shell: ControllerShell,
): (() => void)[] {
  const { state } = shell.core

  function answer<Request, Response>(
    verb: ApiVerb<Request, Response>,
    respond: (request: Request) => Promise<Response>,
  ): () => void {
    return bus.reply(apiSubject(cluster, verb.name), async (payload) =>
      verb.response.encode(await respond(verb.request.decode(payload))),
    )
  }

  const override = (verb: OperatorRequest['verb']) =>
    answer(api[verb], (request) => change(shell, verb, request, clock.now()))

  return [
    answer(api.status, async () => statusOf(state, shell.drift, clock.now())),
    answer(api.why, async ({ target }) => ({
      answers: serversOf(state, findTarget(state, target)).map((server) =>
        whyOf(state, server, clock.now()),
      ),
    })),
    answer(api.events, async ({ limit, ...filter }) => {
      const isNarrow = Object.keys(filter).length > 0
      const events = (await shell.log.tail(isNarrow ? MOST_EVENTS : limit)).map(
        ({ sequence, payload }) => ({ ...logEventMessage.decode(payload), sequence }),
      )
      return { events: events.filter((event) => matchesEvent(event, filter)).slice(-limit) }
    }),
    override('drain'),
    override('maintenance'),
    override('enable'),
    answer(api.release, (request) => release(shell, request, clock.now())),
  ]
}

async function change(
  shell: ControllerShell,
  verb: OperatorRequest['verb'],
  request: OverrideRequest,
  at: number,
): Promise<Changed> {
  const { state } = shell.core
  const { owner, reason, forMs } = request
  const targets = request.targets.map((target) => findTarget(state, target))
  if (verb === 'enable') for (const target of targets) refuseNarrowEnable(state, target)
  const before = new Map<ServerState, number>()
  for (const target of targets) {
    for (const server of serversOf(state, target)) before.set(server, server.placement.weight ?? 0)
  }
  const asked = { verb, targets, owner, reason, ...(forMs !== undefined && { forMs }) }
  await shell.feed({ type: 'operator-asked', at, request: asked })
  return {
    changed: Array.from(before, ([server, weight]) => {
      const status = realServerStatus(server, NO_CONNECTIONS)
      return {
        service: server.service.config.name,
        server: status.name,
        admin: status.admin,
        weight: { before: weight, after: status.weight.effective },
        reason: status.reason,
      }
    }),
  }
}

async function release(
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

/** Throws `api.unknown-target` with the nearest name. */
function findService(state: ControllerState, name: string): ServiceState {
  const found = state.services.get(name)
  if (found !== undefined) return found
  const near = nearestKey(name, [...state.services.keys()])
  const hint = near === undefined ? 'lvsctl status lists them all' : `did you mean ${near}?`
  throw new ServiceError('api.unknown-target', `no virtual service is called ${name}: ${hint}`)
}

/** Enabling in one service cannot lift what holds in all of them. */
function refuseNarrowEnable(state: ControllerState, { server, service }: OperatorTarget): void {
  const everywhere = state.overrides.get(server)
  if (service === undefined || everywhere === undefined) return
  throw new ServiceError(
    'api.refused',
    `${server} is under ${everywhere.kind} in all its services (${everywhere.owner}${
      everywhere.reason === '' ? '' : `: ${everywhere.reason}`
    }): enable ${server}, then ${everywhere.kind} it where it shall stay out`,
  )
}

/** Reads `web1` or `web/web1`; throws `api.unknown-target` with the nearest name. */
export function findTarget(state: ControllerState, text: string): OperatorTarget {
  const slash = text.indexOf('/')
  const target =
    slash < 0 ? { server: text } : { service: text.slice(0, slash), server: text.slice(slash + 1) }
  if (serversOf(state, target).length > 0) return target
  const all = [...state.services.values()].flatMap(({ servers }) => servers)
  const names = all.map((server) => (slash < 0 ? server.config.name : serverName(server)))
  const near = nearestKey(text, names)
  const hint = near === undefined ? 'lvsctl status lists them all' : `did you mean ${near}?`
  const what = slash < 0 ? 'real server' : 'real server in a service'
  throw new ServiceError('api.unknown-target', `no ${what} is called ${text}: ${hint}`)
}

function serversOf(state: ControllerState, target: OperatorTarget): readonly ServerState[] {
  const services =
    target.service === undefined
      ? [...state.services.values()]
      : [state.services.get(target.service)].filter((found) => found !== undefined)
  return services.flatMap(({ servers }) =>
    servers.filter(({ config }) => config.name === target.server),
  )
}
