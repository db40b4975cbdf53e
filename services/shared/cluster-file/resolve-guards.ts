import type { BreakerPolicy, GuardPolicy } from '../domain/guards.ts'
import type { WrittenSettings } from './file-schema.ts'
import { given, type Level } from './levels.ts'

/** On unless a file says `breaker: none`, or a sorry server is there for the case. */
const BREAKER: BreakerPolicy = { share: 0.75, withinMs: 30_000, holdMs: 60_000 }

/** The guards of a service beside its panic threshold. */
export function resolveGuards(
  levels: readonly Level<WrittenSettings>[],
  hasSorryServer: boolean,
): GuardPolicy {
  const minHealthy = given(levels, 'minHealthy')?.value
  const maxEjected = given(levels, 'maxEjected')?.value
  const breaker = resolveBreaker(given(levels, 'breaker')?.value, hasSorryServer)
  return {
    ...(minHealthy !== undefined && { minHealthy }),
    ...(maxEjected !== undefined && { maxEjected }),
    ...(breaker !== undefined && { breaker }),
  }
}

function resolveBreaker(
  written: NonNullable<WrittenSettings['breaker']> | undefined,
  hasSorryServer: boolean,
): BreakerPolicy | undefined {
  if (written === undefined) return hasSorryServer ? undefined : BREAKER
  if (written === 'none') return undefined
  const { share = BREAKER.share, within = BREAKER.withinMs, hold = BREAKER.holdMs } = written
  const policy = { share, withinMs: within }
  return hold === 'none' || hold === undefined ? policy : { ...policy, holdMs: hold }
}
