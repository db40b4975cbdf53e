import type { Bus } from '../shared/ports/bus.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { type AccessVerb, accessApi } from '../shared/wire/access-api.ts'
import { type ApiVerb, api, type Verb } from '../shared/wire/api.ts'
import { ACCESS_ROUTES, API_ROUTES } from '../shared/wire/api-routes.ts'
import { apiSubject } from '../shared/wire/subjects.ts'
import type { AccessVerbs } from './access/access-verbs.ts'
import type { Caller } from './access/caller.ts'
import type { Served } from './api-app.ts'
import { addressOf } from './identify.ts'

/** Who is missing when nobody answers, where that is not plain. */
const ANSWERED_BY: Partial<Record<Verb, string>> = {
  check: 'no prober that knows the cluster file',
  push: 'no prober that knows the cluster file',
  alertTest: 'no alerter',
  report: 'no historian',
  alerts: 'no alerter',
  ack: 'no alerter',
  silences: 'no alerter',
  silenceAdd: 'no alerter',
  silenceRemove: 'no alerter',
}

/** Verbs of other services: each is one request on the bus. */
export function serveBusVerbs(cluster: string, bus: Bus): readonly Served[] {
  return (Object.keys(API_ROUTES) as Verb[]).map((name) => {
    // What a verb's request and response are is only known to its schemas here.
    const verb = api[name] as unknown as ApiVerb<unknown, unknown>
    const route = API_ROUTES[name] as Served['route']
    return {
      name,
      route,
      requestSchema: verb.requestSchema,
      async perform(request) {
        const payload = verb.request.encode(request)
        const subject = apiSubject(cluster, verb.name)
        const reply = await bus.request(subject, payload, route.timeoutMs).catch(sayWhoIsMissing)
        return Object(verb.response.decode(reply))

        function sayWhoIsMissing(error: unknown): never {
          const who = ANSWERED_BY[name]
          const isNobody = error instanceof ServiceError && error.code === 'bus.no-responder'
          if (!isNobody || who === undefined) throw error
          const message = `${who} is there to answer ${name}; lvsctl status shows who is alive`
          throw new ServiceError(error.code, message, { cause: error, retryable: true })
        }
      },
    }
  })
}

/** Verbs that the console answers itself. */
export function serveAccessVerbs(verbs: AccessVerbs): readonly Served[] {
  return (Object.keys(ACCESS_ROUTES) as AccessVerb[]).map((name) => ({
    name,
    route: ACCESS_ROUTES[name] as Served['route'],
    requestSchema: accessApi[name].requestSchema,
    async perform(request, context, caller) {
      if (name === 'login') return verbs.login(request as never, addressOf(context))
      if (caller === undefined) throw new Error(`${name} has no caller`)
      const answer = verbs[name] as (request: unknown, caller: Caller) => Promise<object>
      return answer(request, caller)
    },
  }))
}
