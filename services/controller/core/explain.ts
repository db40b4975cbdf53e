import type { Guard } from '../../shared/domain/guards.ts'
import {
  blackHolesAtZero,
  movesClientsOnWeightChange,
} from '../../shared/domain/virtual-service.ts'
import { explainCheck } from './explain-check.ts'
import { degradedBy } from './standing.ts'
import { type ServerState, type ServiceState, serverName } from './state.ts'

/** What guards are called by people. */
export const GUARD_NAMES: Readonly<Record<Guard, string>> = {
  breaker: 'breaker',
  panic: 'panic threshold',
  'min-healthy': 'minimum of healthy real servers',
  'max-ejected': 'cap on ejections',
}

/** Why a real server has its effective weight, in one line. */
export function explainPlacement(server: ServerState): string {
  const { placement } = server
  const { because } = placement
  switch (because.type) {
    case 'healthy':
    case 'failed':
      return `${checksInWords(server)}${removedInstead(server)}`
    case 'degraded':
      return [
        `degraded ${percent(because.factor)}: ${checksInWords(server)}`,
        kept(server),
        removedInstead(server),
      ].join('')
    case 'slow-start':
      return `coming back, ${percent(because.share)} of its weight so far; ${checksInWords(server)}`
    case 'dynamic':
      return `${percent(because.share)} of its weight by its load; ${checksInWords(server)}`
    case 'weight': {
      const { owner, reason } = because.override
      const why = reason === '' ? '' : `: ${reason}`
      return `weight by ${owner}${why}${removedInstead(server)}; ${checksInWords(server)}`
    }
    case 'held':
      return `not known yet, kept as the table had it; ${checksInWords(server)}`
    case 'unproven':
      return `not known yet, enters when its checks pass; ${checksInWords(server)}`
    case 'standby':
      return [
        `a backup of tier ${server.config.tier ?? 0} that is not needed`,
        checksInWords(server),
      ].join('; ')
    case 'guard':
      return [
        `kept in by the ${GUARD_NAMES[because.guard]} (${because.detail})`,
        checksInWords(server),
      ].join('; ')
    case 'override': {
      const { kind, owner, reason } = because.override
      const { phase } = because
      const act = phase === 'maintenance' ? '' : `${kind} `
      const why = reason === '' ? '' : `: ${reason}`
      const held = phase === 'drained' && placement.weight === 0 ? ' and held at weight 0' : ''
      return `${phase}${held}, ${act}by ${owner}${why}${removedInstead(server)}`
    }
  }
}

/** The verdict of all checks together, in one line. */
export function explainVerdict(server: ServerState): string {
  return `${serverName(server)} is ${server.verdict}: ${checksInWords(server)}`
}

/** What is degraded in a service without showing in a weight, in one line. */
export function explainWarnings({ config, servers }: ServiceState): string | undefined {
  const warned = servers.flatMap((server) => {
    const { placement } = server
    const { because } = placement
    if (because.type === 'degraded' && kept(server) !== '') {
      return [`${server.config.name} ${percent(because.factor)} (${because.check})`]
    }
    const check =
      because.type === 'healthy' ? server.checks.find(({ warning }) => warning) : undefined
    return check === undefined ? [] : [`${server.config.name} (${check.warning})`]
  })
  if (warned.length === 0) return undefined
  const more = warned.length > 3 ? ` and ${warned.length - 3} more` : ''
  return `${config.name}: degraded with all of the weight: ${warned.slice(0, 3).join(', ')}${more}`
}

/** The check that says most: failing, unknown, degraded, warning, and at last the first. */
function checksInWords(server: ServerState): string {
  const { checks } = server
  const telling =
    checks.find((check) => check.verdict === 'down') ??
    checks.find((check) => check.verdict === 'unknown') ??
    degradedBy(server) ??
    checks.find(({ warning }) => warning !== undefined) ??
    checks[0]
  return telling === undefined ? 'no checks: always up' : explainCheck(telling)
}

function kept({ placement, service }: ServerState): string {
  const { scheduler } = service.config
  const isKept = placement.weight !== 0 && placement.weight !== null
  return isKept && movesClientsOnWeightChange(service.config)
    ? `; the weight stays, because ${scheduler} moves clients of other servers when one changes`
    : ''
}

function removedInstead({ placement, service }: ServerState): string {
  const { config } = service
  return placement.weight === null && blackHolesAtZero(config)
    ? `; removed, because ${config.scheduler} without its fallback flag loses clients at weight 0`
    : ''
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
