import { wantedWeight } from '../../shared/domain/override.ts'
import type { Candidate } from './candidate.ts'
import { overrideOf, wishOf } from './overrides.ts'
import { degradedBy, factorOf, falters } from './standing.ts'
import type { CheckState, ControllerState, ServerState } from './state.ts'
import { rampShare } from './weights/slow-start.ts'

/** A real server as deciding about its service sees it. */
export function candidateOf(state: ControllerState, server: ServerState): Candidate {
  const { config, service, placement } = server
  const worst = degradedBy(server, (check) => isShare(server, check))
  const wish = wishOf(state, server)
  server.wish = wish
  return {
    weight: wish === undefined ? config.weight : wantedWeight(wish.weight, config.weight),
    verdict: server.verdict,
    degraded: worst && { factor: factorOf(worst), check: worst.spec.label },
    since: server.since,
    held: server.held,
    override: overrideOf(state, server),
    wish,
    drained: server.drained,
    placed: placement.weight,
    falters: falters(server),
    tier: config.tier ?? 0,
    ramp: rampOf(server),
    dynamic: wish === undefined && service.config.dynamicWeight ? server.dynamic.factor : 1,
  }
}

/** Who is not in the table would begin a ramp. */
function rampOf({ ramp, placement, service }: ServerState): number {
  const { slowStart } = service.config
  if (slowStart === undefined) return 1
  const isOut = placement.weight === null || placement.weight === 0
  if (isOut) return rampShare(slowStart, 0)
  return ramp === undefined ? 1 : rampShare(slowStart, ramp.step)
}

/** An agent that counts as load takes no share of the weight, but may still quiesce. */
function isShare({ service }: ServerState, check: CheckState): boolean {
  const counts = (service.config.dynamicWeight?.proportions.agent ?? 0) > 0
  return !counts || check.spec.kind !== 'agent' || factorOf(check) === 0
}
