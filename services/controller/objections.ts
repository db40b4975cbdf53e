import type { ServerTarget } from '../shared/domain/server-target.ts'
import { projectServices } from './core/drain/project-services.ts'
import type { ControllerState } from './core/state.ts'
import { serversOf } from './find-target.ts'

/** Why the rest could not carry it without these real servers, with the numbers. */
export function objectionsTo(
  state: ControllerState,
  leaving: readonly ServerTarget[],
): readonly string[] {
  const servers = new Set(leaving.flatMap((target) => serversOf(state, target)))
  return Array.from(projectServices(state, servers), ([{ config }, projection]) => {
    const loads = projection.servers.map(
      ({ name, active }) => `${name} ${active.before} -> ${active.after}`,
    )
    const shown = loads.length === 0 ? '' : ` (active connections: ${loads.join(', ')})`
    return projection.objections.map((objection) => `${config.name}: ${objection}${shown}`)
  }).flat()
}
