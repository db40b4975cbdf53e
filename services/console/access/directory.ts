import type { CauseMatch } from '../../shared/domain/cause.ts'
import type { Bus } from '../../shared/ports/bus.ts'
import { type ApiVerb, api } from '../../shared/wire/api.ts'
import type { IncidentStatus } from '../../shared/wire/api-alerts.ts'
import { API_ROUTES } from '../../shared/wire/api-routes.ts'
import { apiSubject } from '../../shared/wire/subjects.ts'
import type { StatusFeed } from '../live/status-feed.ts'

/** What a target begins with that means a zone. */
export const ZONE = 'zone:'

/** What the names in an order stand for now. */
export interface Directory {
  /** Which virtual services have a real server of that name, or of that `zone:…`. */
  servicesOf(target: string): Promise<readonly string[]>
  /** Whom the maintenance window of that name takes out; nobody when there is none. */
  targetsOfWindow(name: string): Promise<readonly string[]>
  /** What is or was wrong in an open incident; nothing when there is none of that number. */
  causesOfIncident(incident: number): Promise<IncidentStatus['causes']>
  /** What the silence of that id covers; undefined when there is none. */
  matchOfSilence(id: string): Promise<CauseMatch | undefined>
}

/** Looks names up in the status, and windows, incidents and silences where they are kept. */
export function createDirectory(
  cluster: string,
  bus: Bus,
  status: Pick<StatusFeed, 'current'>,
): Directory {
  async function ask<Request, Response>(
    { name, request, response }: ApiVerb<Request, Response>,
    timeoutMs: number,
    question: Request,
  ): Promise<Response> {
    const reply = await bus.request(apiSubject(cluster, name), request.encode(question), timeoutMs)
    return response.decode(reply)
  }

  return {
    async servicesOf(target) {
      const { services } = await status.current()
      const having = services.filter(({ realServers }) =>
        realServers.some(({ name, zone }) => target === name || target === `${ZONE}${zone}`),
      )
      return having.map(({ name }) => name)
    },
    async targetsOfWindow(wanted) {
      const { windows } = await ask(api.windows, API_ROUTES.windows.timeoutMs, {})
      return windows.find((window) => window.name === wanted)?.targets ?? []
    },
    async causesOfIncident(wanted) {
      const { incidents } = await ask(api.alerts, API_ROUTES.alerts.timeoutMs, {})
      return incidents.find(({ incident }) => incident === wanted)?.causes ?? []
    },
    async matchOfSilence(wanted) {
      const { silences } = await ask(api.silences, API_ROUTES.silences.timeoutMs, {})
      return silences.find(({ id }) => id === wanted)?.match as CauseMatch | undefined
    },
  }
}
