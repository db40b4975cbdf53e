import { answerVerb } from '../shared/coordination/answer-verb.ts'
import { matchesEvent } from '../shared/domain/log-event.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { type ApiVerb, api } from '../shared/wire/api.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import { foreseeRequest, foreseeResponse } from '../shared/wire/plan-message.ts'
import { apiSubject } from '../shared/wire/subjects.ts'
import { foresee } from './core/plan/foresee.ts'
import type { ControllerState } from './core/state.ts'
import { findTarget, serversOf } from './find-target.ts'
import type { AlertingView } from './follow-alerting.ts'
import { latestEvents } from './last-changes.ts'
import type { ControllerPorts, ControllerShell } from './shell.ts'
import { statusOf } from './status.ts'
import { drain, enable, giveWeight, maintain, projectionsOf, release } from './take-orders.ts'
import { whyOf } from './why.ts'

/** How far back somebody may look for few events among many. */
const MOST_EVENTS = 100_000

/** Answers the operators' verbs that are the controller's; returns how to stop answering. */
export function answerOperators(
  cluster: string,
  { bus, clock }: ControllerPorts,
  shell: ControllerShell,
  alerting: Pick<AlertingView, 'status'>,
): (() => void)[] {
  const { state } = shell.core

  function answer<Request, Response>(
    verb: ApiVerb<Request, Response>,
    respond: (request: Request) => Promise<Response>,
  ): () => void {
    return answerVerb(bus, cluster, verb, respond)
  }

  return [
    answer(api.status, async () => ({
      ...statusOf(state, shell.drift, clock.now()),
      ...alerting.status(),
    })),
    answer(api.why, async ({ target }) => {
      const found = findTarget(state, target)
      // A log that cannot be read must not keep the rest of the answer back.
      const events = await latestEvents(shell.log).catch(() => [])
      const at = clock.now()
      const servers = serversOf(state, found)
      return { answers: servers.map((server) => whyOf(state, server, events, at)) }
    }),
    answer(api.events, async ({ limit, ...filter }) => {
      const isNarrow = Object.keys(filter).length > 0
      const events = (await shell.log.tail(isNarrow ? MOST_EVENTS : limit)).map(
        ({ sequence, payload }) => ({ ...logEventMessage.decode(payload), sequence }),
      )
      return { events: events.filter((event) => matchesEvent(event, filter)).slice(-limit) }
    }),
    answer(api.drain, (request) => drain(shell, request, clock.now())),
    answer(api.maintenance, (request) => maintain(shell, request, clock.now())),
    answer(api.enable, (request) => enable(shell, request, clock.now())),
    answer(api.weight, (request) => giveWeight(shell, request, clock.now())),
    answer(api.project, async ({ targets }) => ({ services: projectionsOf(state, targets) })),
    answer(api.release, (request) => release(shell, request, clock.now())),
    bus.reply(apiSubject(cluster, 'foresee'), (payload) => {
      refuseUnadopted(state)
      const { cluster: wanted } = foreseeRequest.decode(payload)
      return foreseeResponse.encode(foresee(state, wanted, clock.now()))
    }),
  ]
}

/** Without the tables of the directors there is nothing to compare with. */
function refuseUnadopted({ isAdopted }: ControllerState): void {
  if (isAdopted) return
  const message = 'the tables of the directors are not known yet: ask again in a few seconds'
  throw new ServiceError('api.busy', message, { retryable: true })
}
