import type { Context } from 'hono'
import type { Bus } from '../shared/ports/bus.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { type AccessVerb, accessApi } from '../shared/wire/access-api.ts'
import { type ApiVerb, api, type Verb } from '../shared/wire/api.ts'
import { ACCESS_ROUTES, API_ROUTES } from '../shared/wire/api-routes.ts'
import { apiSubject } from '../shared/wire/subjects.ts'
import type { AccessVerbs, SessionVerb } from './access/access-verbs.ts'
import type { Caller } from './access/caller.ts'
import type { Served } from './api-app.ts'
import { type ApiEnv, addressOf } from './identify.ts'
import { refuseOtherSites, type SessionCookie } from './session/session-cookie.ts'
import type { Opened, SessionVerbs } from './session/session-verbs.ts'

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
export function serveAccessVerbs(
  verbs: AccessVerbs,
  sessions: SessionVerbs,
  cookie: SessionCookie,
): readonly Served[] {
  const browsers = browserVerbs(sessions, cookie)
  return (Object.keys(ACCESS_ROUTES) as AccessVerb[]).map((name) => ({
    name,
    route: ACCESS_ROUTES[name] as Served['route'],
    requestSchema: accessApi[name].requestSchema,
    async perform(request, context, caller) {
      const own = browsers[name]
      if (own !== undefined) return own(request as never, context, caller)
      if (name === 'login') return verbs.login(request as never, addressOf(context))
      if (caller === undefined) throw new Error(`${name} has no caller`)
      if (name === 'logout') cookie.take(context)
      const answer = verbs[name as keyof AccessVerbs] as unknown as (
        request: unknown,
        caller: Caller,
      ) => Promise<object>
      return answer(request, caller)
    },
  }))
}

type Perform = (
  request: never,
  context: Context<ApiEnv>,
  caller: Caller | undefined,
) => Promise<object>

/** What gives a browser its cookie, or takes it away. */
function browserVerbs(
  sessions: SessionVerbs,
  cookie: SessionCookie,
): Readonly<Record<SessionVerb, Perform>> & Partial<Record<AccessVerb, Perform>> {
  const begin = async (context: Context<ApiEnv>, opening: () => Promise<Opened>) => {
    refuseOtherSites(context)
    const { session, secret, maxAgeS } = await opening()
    cookie.give(context, secret, maxAgeS)
    return session
  }
  return {
    sessionOpen: (request, context) =>
      begin(context, () => sessions.open(request, addressOf(context))),
    setup: (request, context) => begin(context, () => sessions.setUp(request, addressOf(context))),
    session: async (_, __, caller) => sessions.describe(known(caller)),
    async logoutEverywhere(_, context, caller) {
      cookie.take(context)
      return sessions.endAll(known(caller))
    },
  }
}

function known(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new Error('a verb for somebody was asked by nobody')
  return caller
}
