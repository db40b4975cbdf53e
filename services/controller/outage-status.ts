import { overrideKey } from '../shared/domain/override.ts'
import { isoTime } from '../shared/runtime/iso-time.ts'
import type { DrainStatus, OutageStatus } from '../shared/wire/outage-status.ts'
import { drainProgress } from './core/drain/drain-progress.ts'
import type { ControllerState, ServerState } from './core/state.ts'

/** Who took a real server out of service, and where its drain stands; nothing if it serves. */
export function outageStatus(
  state: ControllerState,
  server: ServerState,
): { readonly outage?: OutageStatus; readonly drain?: DrainStatus } {
  const { because } = server.placement
  if (because.type !== 'override') return {}
  const { kind, owner, reason, since, until } = because.override
  const drain = drainStatus(state, server)
  return {
    outage: {
      kind,
      scope: overrideKey(because.override),
      owner,
      reason,
      since: isoTime(since),
      ...(until !== undefined && { until: isoTime(until) }),
    },
    ...(drain && { drain }),
  }
}

function drainStatus(state: ControllerState, server: ServerState): DrainStatus | undefined {
  const progress = drainProgress(state, server)
  const { because } = server.placement
  if (progress === undefined || because.type !== 'override') return undefined
  const { deadline, atDeadline, hold } = because.override
  const { phase, directors, leftMs, remarks } = progress
  const cut = phase === 'cut' ? server.cutShort?.left : undefined
  return {
    phase,
    directors: directors.map(({ name, counts }) => ({
      name,
      connections: counts === undefined ? null : { ...counts },
    })),
    ...(leftMs !== undefined && { leftMs: Math.round(leftMs) }),
    ...(deadline !== undefined && { deadline: isoTime(deadline) }),
    ...(atDeadline !== undefined && { atDeadline }),
    ...(hold === true && { hold }),
    ...(cut !== undefined && { cut }),
    remarks: [...remarks],
  }
}
