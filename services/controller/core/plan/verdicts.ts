import type { PlannedVerdict } from '../../../shared/domain/plan.ts'
import { serverKey } from '../../../shared/domain/server-key.ts'
import { aftermath, type ServerLoad } from '../drain/project.ts'
import { loadOf } from '../drain/project-services.ts'
import type { ControllerState, ServerState, ServiceState } from '../state.ts'

/**
 * Whether services that change would stand on their feet before anybody new has passed its checks:
 * the shares are of what the new file asks for, the load is that of those who leave. Services that
 * are new or go have nothing to stand on.
 */
export function verdictsOf(
  before: ControllerState,
  after: ControllerState,
  touched: ReadonlySet<string>,
): readonly PlannedVerdict[] {
  return [...after.services.values()].flatMap((service) => {
    const { name } = service.config
    const old = before.services.get(name)
    if (old === undefined || !touched.has(name)) return []
    return [verdictOf({ before, old }, { after, service })]
  })
}

function verdictOf(
  { before, old }: { before: ControllerState; old: ServiceState },
  { after, service }: { after: ControllerState; service: ServiceState },
): PlannedVerdict {
  const was = aftermath(
    old.config,
    old.servers.map((server) => loadOf(before, server, false)),
  )
  const stays = new Set(service.servers.filter(serves).map(placeOf))
  const leaving = old.servers
    .filter((server) => serves(server) && !stays.has(placeOf(server)))
    .map((server) => leavingLoad(before, server))
  const all = [...service.servers.map((server) => loadOf(after, server, false)), ...leaving]
  const will = aftermath(service.config, all)
  const isAsBad = was.guards.length > 0 && will.share >= was.share - 1e-9
  return {
    service: service.config.name,
    share: { before: was.share, after: will.share },
    servers: leaving.length === 0 ? [] : will.servers.map(({ name, active }) => ({ name, active })),
    objections: [...(isAsBad ? [] : will.guards), ...will.thresholds],
  }
}

/** As a backup it counts neither as weight that is wanted nor as a head. */
function leavingLoad(before: ControllerState, server: ServerState): ServerLoad {
  const load = loadOf(before, server, true)
  return { ...load, candidate: { ...load.candidate, tier: 1 } }
}

function serves({ placement }: ServerState): boolean {
  return placement.weight !== null && placement.weight > 0
}

function placeOf({ config }: ServerState): string {
  return `${config.name} ${serverKey(config)}`
}
