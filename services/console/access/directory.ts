import type { Bus } from '../../shared/ports/bus.ts'
import { api } from '../../shared/wire/api.ts'
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
}

/** Looks names up in the status, and windows where they are kept. */
export function createDirectory(
  cluster: string,
  bus: Bus,
  status: Pick<StatusFeed, 'current'>,
): Directory {
  return {
    async servicesOf(target) {
      const { services } = await status.current()
      const having = services.filter(({ realServers }) =>
        realServers.some(({ name, zone }) => target === name || target === `${ZONE}${zone}`),
      )
      return having.map(({ name }) => name)
    },
    async targetsOfWindow(wanted) {
      const { name, request, response } = api.windows
      const { timeoutMs } = API_ROUTES.windows
      const reply = await bus.request(apiSubject(cluster, name), request.encode({}), timeoutMs)
      const { windows } = response.decode(reply)
      return windows.find((window) => window.name === wanted)?.targets ?? []
    },
  }
}
