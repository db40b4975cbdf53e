import type { Override } from '../../shared/domain/override.ts'
import { overrideKey } from '../../shared/domain/override.ts'
import { serverKey } from '../../shared/domain/server-key.ts'
import type { CountedService, CountedTable } from '../../shared/domain/table.ts'
import { type ServiceKey, serviceKey } from '../../shared/domain/virtual-service.ts'
import { overrideOf } from './overrides.ts'
import type { ControllerState, ServerState, ServiceState } from './state.ts'
import { presume } from './view.ts'

/**
 * Seeds everything unknown from the table that a director really holds, so that a restart moves no
 * traffic: a row with weight is presumed up, a row at 0 or no row in a service that is there is
 * presumed down, and all stay as they are until observations say otherwise. Returns the overrides
 * it had to make up because the stored ones were lost: whoever may have been drained stays out.
 */
export function adoptTable(
  state: ControllerState,
  services: Iterable<ServiceState>,
  actual: CountedTable,
  at: number,
): readonly Override[] {
  const byKey = new Map<ServiceKey, CountedService>()
  for (const found of actual) byKey.set(serviceKey(found.address), found)
  const madeUp: Override[] = []
  for (const service of services) {
    const found = byKey.get(serviceKey(service.config.address))
    if (found !== undefined) madeUp.push(...adoptService(state, service, found, at))
  }
  return madeUp
}

function adoptService(
  state: ControllerState,
  service: ServiceState,
  found: CountedService,
  at: number,
): readonly Override[] {
  const rows = new Map(found.servers.map((row) => [serverKey(row), row.weight]))
  const { sorryServer } = service.config
  if (sorryServer !== undefined && rows.has(serverKey(sorryServer))) {
    service.sorry = true
    service.sorryWeight = rows.get(serverKey(sorryServer)) ?? 1
  }
  const madeUp: Override[] = []
  for (const server of service.servers) {
    if (server.verdict !== 'unknown' || server.held !== undefined) continue
    const weight = rows.get(serverKey(server.config)) ?? null
    const override = overrideOf(state, server)
    if (override === undefined && mayHaveBeenOut(state, server, weight)) {
      madeUp.push(stayOut(server, state.overridesDamage ?? '', at))
    }
    adoptRow(server, weight, override, isFirst(state))
    if (weight !== null && weight > 0) {
      service.tier = Math.max(service.tier, server.config.tier ?? 0)
    }
  }
  return madeUp
}

function adoptRow(
  server: ServerState,
  weight: number | null,
  override: Override | undefined,
  isFirstTable: boolean,
): void {
  if (weight !== null) {
    server.held = weight
    server.placement = { weight, because: { type: 'held' } }
    server.row = undefined
  }
  // An operator's 0 says nothing about health.
  if (override !== undefined) return
  const verdict = weight !== null && weight > 0 ? 'up' : 'down'
  const isWhole = weight !== null && weight >= server.config.weight
  for (const check of server.checks) presume(check, verdict, { isFirst: isFirstTable, isWhole })
}

/** Nothing has been published yet: what a table holds is from before this life. */
function isFirst({ generation }: ControllerState): boolean {
  return generation === 0
}

function mayHaveBeenOut(
  state: ControllerState,
  server: ServerState,
  weight: number | null,
): boolean {
  if (state.overridesDamage === undefined || !isFirst(state)) return false
  return server.config.weight > 0 && (weight === null || weight === 0)
}

function stayOut(server: ServerState, damage: string, at: number): Override {
  const target = { server: server.config.name, service: server.service.config.name }
  return {
    kind: 'maintenance',
    ...target,
    owner: 'lvs-warden',
    reason:
      `found out of the table after overrides were lost (${damage}); ` +
      `lvsctl enable ${overrideKey(target)} when it may serve`,
    since: at,
  }
}
