import type { DirectorReport } from '../../shared/domain/director-report.ts'
import type { Override } from '../../shared/domain/override.ts'
import { overrideKey } from '../../shared/domain/override.ts'
import { serverKey } from '../../shared/domain/server-key.ts'
import type { Command } from './command.ts'
import { type Holder, holdersOf } from './directors.ts'
import { overrideOf, setOverride } from './overrides.ts'
import { type ControllerState, type ServerState, type ServiceState, serverName } from './state.ts'
import { MADE_UP_BY } from './stored-overrides.ts'
import { presume } from './view.ts'
import { PLAIN } from './weights/dynamic-feedback.ts'
import { rampFound } from './weights/slow-start.ts'

/** Real servers that a message names; more would be a page. */
const MAX_NAMED = 5

/** What is adopted from. */
export interface Adoption {
  readonly reports: readonly DirectorReport[]
  /** Nothing has been published yet: what the tables hold is from before this life. */
  readonly isFirst: boolean
  readonly at: number
}

/**
 * Seeds everything unknown from the tables that directors really hold, so that a restart moves no
 * traffic: a row with weight is presumed up, a row at 0 or no row in a service that is there is
 * presumed down, and all stay as they are until observations say otherwise. Where directors
 * disagree, who serves anywhere stays in. Overrides are made up when the stored ones were lost:
 * whoever may have been drained stays out.
 */
export function adoptTables(
  state: ControllerState,
  services: Iterable<ServiceState>,
  adoption: Adoption,
): readonly Command[] {
  const commands: Command[] = []
  for (const service of services) {
    const holders = holdersOf(state, service, adoption.reports)
    if (holders.length > 0) commands.push(...adoptService(state, service, holders, adoption))
  }
  return commands
}

/** The highest weight of each row over all directors, by `address:port`. */
export function mergeRows(holders: readonly Holder[]): ReadonlyMap<string, number> {
  const rows = new Map<string, number>()
  for (const { found } of holders) {
    for (const row of found.servers) {
      const key = serverKey(row)
      rows.set(key, Math.max(row.weight, rows.get(key) ?? 0))
    }
  }
  return rows
}

function adoptService(
  state: ControllerState,
  service: ServiceState,
  holders: readonly Holder[],
  { isFirst, at }: Adoption,
): readonly Command[] {
  const rows = mergeRows(holders)
  adoptSorry(service, rows)
  const commands: Command[] = []
  const disagreed: string[] = []
  for (const server of service.servers) {
    if (server.verdict !== 'unknown' || server.held !== undefined) continue
    const weight = rows.get(serverKey(server.config)) ?? null
    const override = overrideOf(state, server)
    if (override === undefined && isFirst && mayHaveBeenOut(state, server, weight)) {
      commands.push(setOverride(state, stayOut(server, state.overridesDamage ?? '', at)))
    }
    const said = disagreement(holders, server)
    if (said !== undefined) disagreed.push(said)
    adoptRow(server, weight, override, isFirst)
    if (weight !== null && weight > 0) {
      goOn(server, weight, at)
      service.tier = Math.max(service.tier, server.config.tier ?? 0)
    }
  }
  // Rows may be held from now on that were not in what was built of it before.
  service.table = undefined
  return [...commands, ...recordDisagreement(service, disagreed, at)]
}

/** A sorry server that is found in a table goes on serving. */
export function adoptSorry(service: ServiceState, rows: ReadonlyMap<string, number>): void {
  const { sorryServer } = service.config
  const weight = sorryServer && rows.get(serverKey(sorryServer))
  if (weight === undefined) return
  service.sorry = true
  service.sorryWeight = weight
}

/** Takes one row for what is known of a real server; observations say what becomes of it. */
export function adoptRow(
  server: ServerState,
  weight: number | null,
  override: Override | undefined,
  isFirst: boolean,
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
  for (const check of server.checks) presume(check, verdict, { isFirst, isWhole })
}

function mayHaveBeenOut(
  state: ControllerState,
  server: ServerState,
  weight: number | null,
): boolean {
  if (state.overridesDamage === undefined) return false
  return server.config.weight > 0 && (weight === null || weight === 0)
}

/** Ramps and weights that follow the load go on where the table has them. */
export function goOn(server: ServerState, weight: number, at: number): void {
  const { slowStart, dynamicWeight } = server.service.config
  const share = server.config.weight === 0 ? 1 : weight / server.config.weight
  if (dynamicWeight !== undefined && share >= dynamicWeight.lowest) {
    server.dynamic = { ...PLAIN, factor: Math.min(share, dynamicWeight.highest) }
  } else if (slowStart !== undefined) server.ramp = rampFound(share, slowStart, at)
}

function stayOut(server: ServerState, damage: string, at: number): Override {
  const target = { server: server.config.name, service: server.service.config.name }
  return {
    kind: 'maintenance',
    ...target,
    owner: MADE_UP_BY,
    reason:
      `found out of the table after overrides were lost (${damage}); ` +
      `lvsctl enable ${overrideKey(target)} when it may serve`,
    since: at,
  }
}

/** What directors that all hold the service say differently about one of its servers. */
function disagreement(holders: readonly Holder[], server: ServerState): string | undefined {
  if (holders.length < 2) return undefined
  const key = serverKey(server.config)
  const said = holders.map(({ director, found }) => {
    const weight = found.servers.find((row) => serverKey(row) === key)?.weight
    return { director, weight: weight === undefined ? 'no row' : `weight ${weight}` }
  })
  if (said.every(({ weight }) => weight === said[0]?.weight)) return undefined
  const where = said.map(({ director, weight }) => `${weight} on ${director}`).join(', ')
  return `${serverName(server)} has ${where}`
}

function recordDisagreement(
  { config }: ServiceState,
  disagreed: readonly string[],
  at: number,
): readonly Command[] {
  if (disagreed.length === 0) return []
  const more =
    disagreed.length > MAX_NAMED ? `; and ${disagreed.length - MAX_NAMED} more real servers` : ''
  const which = disagreed.slice(0, MAX_NAMED).join('; ')
  const message = `directors disagree: ${which}${more}: who serves anywhere stays in`
  const event = { at, type: 'directors-differ', service: config.name, message } as const
  return [{ type: 'record-event', event }]
}
