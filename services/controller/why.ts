import type { Outcome } from '../../probes/check.ts'
import { formatAmount } from '../shared/domain/amount.ts'
import { formatCheckTarget } from '../shared/domain/check-spec.ts'
import type { LogEvent } from '../shared/domain/log-event.ts'
import { overrideKey } from '../shared/domain/override.ts'
import { serverKey } from '../shared/domain/server-key.ts'
import { isoTime } from '../shared/runtime/iso-time.ts'
import type { Why } from '../shared/wire/status.ts'
import { quorumOf } from './core/agree.ts'
import { findRow } from './core/hear-director.ts'
import { factorOf, tellingView } from './core/standing.ts'
import type { Because, CheckState, ControllerState, ServerState } from './core/state.ts'
import { objectionTo, voteOf } from './core/view.ts'
import { isSilent } from './core/watch.ts'
import { changesOf } from './last-changes.ts'
import { realServerStatus, trafficOf } from './status.ts'

/** The provenance of one real server's effective weight. */
export function whyOf(
  state: ControllerState,
  server: ServerState,
  events: readonly LogEvent[],
  at: number,
): Why {
  const { config, service, placement, checks } = server
  const { because } = placement
  const traffic = trafficOf(state, service).get(serverKey(config))
  return {
    service: service.config.name,
    server: realServerStatus(state, server, traffic),
    because: ruleOf(because),
    checks: checks.map((check) => checkWhy(check, at)),
    overrides: overridesOf(state, server),
    placed: { generation: server.placedBy, at: isoTime(server.placedAt) },
    changes: changesOf(events, server),
    directors: Array.from(state.directors.values(), (report) => ({
      name: report.director,
      weight: findRow(report, server)?.weight ?? null,
      ...(report.shadow === true && { shadow: true as const }),
    })),
  }
}

function ruleOf(because: Because): Why['because'] {
  if (because.type === 'override') return because.override.kind
  return because.type === 'guard' ? because.guard : because.type
}

function checkWhy(check: CheckState, at: number): Why['checks'][number] {
  const { spec, verdict, views } = check
  const telling = tellingView(check)
  const last = telling?.last
  const isUp = (telling?.health.verdict ?? check.presumed) === 'up'
  return {
    label: spec.label,
    kind: spec.kind,
    target: formatCheckTarget(spec),
    verdict,
    streak: telling?.health.streak ?? 0,
    needed: isUp ? spec.fall : spec.rise,
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
    ...(views.length > 1 && viewsWhy(check, at)),
  }
}

/** What each vantage sees, and whose word counts. */
function viewsWhy(
  check: CheckState,
  at: number,
): Pick<Why['checks'][number], 'quorum' | 'vantages'> {
  const { spec, views } = check
  const counted = views.filter((view) => objectionTo(view, spec, at) === undefined)
  return {
    quorum: quorumOf(check, counted.length),
    vantages: views.map((view) => {
      const why = objectionTo(view, spec, at)
      const { last, health, prober, vantage } = view
      return {
        vantage: vantage.name,
        ...(prober && { prober: prober.name }),
        verdict: voteOf(view),
        counts: why === undefined,
        ...(why && { why }),
        streak: health.streak,
        needed: health.verdict === 'up' ? spec.fall : spec.rise,
        ...(last && {
          last: { at: isoTime(last.at), ...pickOutcome(last.outcome) },
        }),
      }
    }),
  }
}

function pickOutcome({ outcome, detail }: Outcome): { outcome: string; detail: string } {
  return { outcome, detail }
}

function overridesOf(state: ControllerState, server: ServerState): Why['overrides'] {
  const here = { server: server.config.name, service: server.service.config.name }
  const kinds = ['drain', 'weight'] as const
  const keys = kinds.flatMap((kind) => [
    overrideKey({ kind, server: here.server }),
    overrideKey({ kind, ...here }),
  ])
  return keys.flatMap((key) => {
    const override = state.overrides.get(key)
    if (override === undefined) return []
    const { kind, owner, reason, since, until } = override
    return [
      {
        kind,
        scope: overrideKey({ ...override, kind: 'drain' }),
        ...(override.kind === 'weight' && { weight: formatAmount(override.weight) }),
        owner,
        reason,
        since: isoTime(since),
        ...(until !== undefined && { until: isoTime(until) }),
      },
    ]
  })
}
