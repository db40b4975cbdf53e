import { blackHolesAtZero } from '../../shared/domain/virtual-service.ts'
import { visibleVerdict } from './standing.ts'
import { type CheckState, type ServerState, serverName } from './state.ts'

/** Why a real server has its effective weight, in one line. */
export function explainPlacement(server: ServerState): string {
  const { because } = server.placement
  switch (because.type) {
    case 'healthy':
    case 'failed':
      return `${checksInWords(server)}${removedInstead(server)}`
    case 'held':
      return `not known yet, kept as the table had it; ${checksInWords(server)}`
    case 'unproven':
      return `not known yet, enters when its checks pass; ${checksInWords(server)}`
    case 'panic':
      return [
        `kept in by the panic threshold ${shareInWords(server, because.share)}`,
        checksInWords(server),
      ].join('; ')
    case 'override': {
      const { kind, owner, reason } = because.override
      const { phase } = because
      const act = phase === 'maintenance' ? '' : `${kind} `
      const why = reason === '' ? '' : `: ${reason}`
      return `${phase}, ${act}by ${owner}${why}${removedInstead(server)}`
    }
  }
}

/** The verdict of all checks together, in one line. */
export function explainVerdict(server: ServerState): string {
  return `${serverName(server)} is ${server.verdict}: ${checksInWords(server)}`
}

/** The check that says most: a failing one first, then an unknown one, then the first. */
function checksInWords({ checks }: ServerState): string {
  const telling =
    checks.find((check) => visibleVerdict(check) === 'down') ??
    checks.find((check) => visibleVerdict(check) === 'unknown') ??
    checks[0]
  return telling === undefined ? 'no checks: always up' : explainCheck(telling)
}

/** One check: what was seen last, and how far the verdict is from changing. */
export function explainCheck(check: CheckState): string {
  const { spec, last, health } = check
  if (last === undefined) return `${spec.label}: nothing seen yet`
  const { outcome } = last
  const seen = outcome.outcome === 'pass' ? 'pass' : `${outcome.outcome} ${outcome.code}`
  const needed = health.verdict === 'up' ? spec.fall : spec.rise
  const towards = health.verdict === 'up' ? 'down' : 'up'
  const streak = health.streak === 0 ? '' : ` (${health.streak}/${needed} towards ${towards})`
  return `${spec.label}: ${seen}: ${outcome.detail}${streak}`
}

function removedInstead({ placement, service }: ServerState): string {
  const { config } = service
  return placement.weight === null && blackHolesAtZero(config)
    ? `; removed, because ${config.scheduler} without its fallback flag loses clients at weight 0`
    : ''
}

function shareInWords({ service }: ServerState, share: number): string {
  return `(${percent(share)} of the weight is up, wanted ${percent(service.config.panicThreshold)})`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
