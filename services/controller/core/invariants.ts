import { wantedWeight } from '../../shared/domain/override.ts'
import { overrideOf } from './overrides.ts'
import { degradedBy, factorOf } from './standing.ts'
import { type ControllerState, type ServerState, type ServiceState, serverName } from './state.ts'

/**
 * What holds after every step, in tests and in production. Throws a `RangeError` for a violation: a
 * programmer's error, after which the process must end and leave the table as it is.
 */
export function assertInvariants(state: ControllerState, service: ServiceState): void {
  const { name, sorryServer, pool } = service.config
  let serving = 0
  let able = 0
  for (const server of service.servers) {
    const { weight } = server.placement
    const override = overrideOf(state, server)
    if (weight !== null && !(Number.isInteger(weight) && weight >= 0 && weight <= 65_535)) {
      throw new RangeError(`${serverName(server)}: impossible weight ${weight}`)
    }
    if (override !== undefined && weight !== null && weight > 0) {
      throw new RangeError(`${serverName(server)}: weight ${weight} in spite of a ${override.kind}`)
    }
    if (weight !== null && weight > 0) serving++
    const isNeeded = (server.config.tier ?? 0) <= service.tier
    if (isNeeded && override === undefined && server.verdict === 'up' && hasWeight(server)) able++
  }
  if (able > serving) throw new RangeError(`${name}: ${able} real servers are up, ${serving} serve`)
  const isShort = pool !== undefined && service.quorum === 'down'
  if (service.sorry && (sorryServer === undefined || (serving > 0 && !isShort))) {
    throw new RangeError(`${name}: a sorry server beside ${serving} real servers that serve`)
  }
}

/** Something is configured, and no check of its own leaves nothing of it. */
function hasWeight(server: ServerState): boolean {
  const worst = degradedBy(server)
  const { wish, config } = server
  const weight = wish === undefined ? config.weight : wantedWeight(wish.weight, config.weight)
  return weight > 0 && (worst === undefined || factorOf(worst) > 0)
}
