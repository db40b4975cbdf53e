import type { Bus } from '../ports/bus.ts'
import type { ApiVerb } from '../wire/api.ts'
import { apiSubject } from '../wire/subjects.ts'

/** Answers a verb of the API over the bus; returns how to stop. Throws what `bus.reply` throws. */
export function answerVerb<Request, Response>(
  bus: Bus,
  cluster: string,
  verb: ApiVerb<Request, Response>,
  respond: (request: Request) => Promise<Response>,
): () => void {
  return bus.reply(apiSubject(cluster, verb.name), async (payload) =>
    verb.response.encode(await respond(verb.request.decode(payload))),
  )
}
