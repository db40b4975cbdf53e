import { atLeast } from '../domain/amount.ts'
import type { VirtualService } from '../domain/virtual-service.ts'
import type { ServiceDraft } from './draft-file.ts'
import type { Path } from './finding.ts'
import type { Remark } from './finding-list.ts'
import { given } from './levels.ts'

/** Warns of guards that let nobody go, and of weights that have no room to move. */
export function warnOfServing(
  draft: ServiceDraft,
  service: VirtualService,
  warn: (remark: Remark) => void,
): void {
  const levels = [draft, draft.defaults]
  const at = (key: 'minHealthy' | 'slowStart' | 'dynamicWeight'): Path =>
    given(levels, key)?.path ?? draft.path
  const { realServers, guards, slowStart, dynamicWeight } = service
  const { length } = realServers
  const minimum = guards?.minHealthy
  if (minimum !== undefined && length > 0 && atLeast(minimum, length) >= length) {
    const message =
      `so many are all ${length} real servers: none that fails ever leaves the table, ` +
      'and none can be drained without --force'
    warn({ path: at('minHealthy'), rule: 'nobody-may-leave', message })
  }
  const moves = slowStart === undefined ? dynamicWeight : slowStart
  const light = realServers.filter(({ weight }) => weight > 0 && weight < 10)
  const [first] = light
  if (moves !== undefined && first !== undefined) {
    const message =
      `${first.name} has weight ${first.weight}, which leaves no room for steps; ` +
      'use ten times the weights'
    const path = at(slowStart === undefined ? 'dynamicWeight' : 'slowStart')
    warn({ path, rule: 'no-room-for-steps', message })
  }
  const agent = dynamicWeight?.proportions.agent ?? 0
  const isAsked = realServers.some(({ checks }) => checks.some(({ kind }) => kind === 'agent'))
  if (agent > 0 && !isAsked) {
    const message = 'the agent has a proportion, but no real server here has a check of type agent'
    warn({ path: at('dynamicWeight'), rule: 'proportion-without-agent', message })
  }
}
