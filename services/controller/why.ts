import { formatCheckTarget } from '../shared/domain/check-spec.ts'
import { NO_CONNECTIONS } from '../shared/domain/no-traffic.ts'
import { overrideKey } from '../shared/domain/override.ts'
import { serverKey } from '../shared/domain/server-key.ts'
import type { Why } from '../shared/wire/status.ts'
import { findRow } from './core/hear-director.ts'
import { factorOf, visibleVerdict } from './core/standing.ts'
import {
  type Because,
  type CheckState,
  type ControllerState,
  type ServerState,
  serverName,
} from './core/state.ts'
import { isSilent } from './core/watch.ts'
import { connectionsOf, isoTime, realServerStatus } from './status.ts'

/** The provenance of one real server's effective weight. */
export function whyOf(state: ControllerState, server: ServerState, at: number): Why {
  const { config, service, placement, checks } = server
  const { because } = placement
  const counts = connectionsOf(state, service).get(serverKey(config))
  return {
    service: service.config.name,
    server: realServerStatus(server, counts ?? NO_CONNECTIONS),
    because: ruleOf(because),
    checks: checks.map((check) => checkWhy(check, at)),
    overrides: overridesOf(state, server),
    placed: { generation: server.placedBy, at: isoTime(server.placedAt) },
    directors: Array.from(state.directors.values(), (report) => ({
      name: report.director,
      weight: findRow(report, server)?.weight ?? null,
    })),
  }
}

function ruleOf(because: Because): Why['because'] {
  if (because.type === 'override') return because.override.kind
  return because.type === 'guard' ? because.guard : because.type
}

function checkWhy(check: CheckState, at: number): Why['checks'][number] {
  const { spec, health, last } = check
  return {
    label: spec.label,
    kind: spec.kind,
    target: formatCheckTarget(spec),
    verdict: visibleVerdict(check),
    streak: health.streak,
    needed: health.verdict === 'up' ? spec.fall : spec.rise,
    intervalMs: spec.intervalMs,
    rise: spec.rise,
    fall: spec.fall,
    factor: factorOf(check),
    silent: isSilent(check, at),
    ...(last && {
      last: {
        at: isoTime(last.at),
        durationMs: last.durationMs,
        outcome: last.outcome.outcome,
        ...(last.outcome.outcome !== 'pass' && { code: last.outcome.code }),
        detail: last.outcome.detail,
      },
    }),
  }
}

function overridesOf(state: ControllerState, server: ServerState): Why['overrides'] {
  const keys = [server.config.name, serverName(server)]
  return keys.flatMap((key) => {
    const override = state.overrides.get(key)
    if (override === undefined) return []
    const { kind, owner, reason, since, until } = override
    return [
      {
        kind,
        scope: overrideKey(override),
        owner,
        reason,
        since: isoTime(since),
        ...(until !== undefined && { until: isoTime(until) }),
      },
    ]
  })
}
