import { compareVersions } from '../../shared/domain/desired-table.ts'
import { serverKey } from '../../shared/domain/server-key.ts'
import { adoptRow, adoptSorry, goOn, mergeRows } from './adopt.ts'
import { inheritAlerts } from './alerts.ts'
import type { Command } from './command.ts'
import { holdersOf } from './directors.ts'
import type { Event, Leading } from './event.ts'
import { overrideOf } from './overrides.ts'
import type { ControllerState, ServerState } from './state.ts'

/** What was decided so shortly before the leader's last word may not have reached the tables. */
const SETTLING_MS = 5000

/**
 * Takes the lead, warm. No weight moves by it: where the tables of the directors have long been
 * otherwise than we would have it, the former leader knew something that we do not, so they are
 * adopted as after a restart. What we decided in its last moments stands.
 */
export function takeLead(
  state: ControllerState,
  { epoch, alerts, at }: Extract<Event, { type: 'led' }>,
): readonly Command[] {
  yieldToTables(state, at)
  state.role = 'leading'
  state.epoch = epoch
  state.leader = undefined
  state.mustPublish = true
  for (const name of state.services.keys()) state.dirty.add(name)
  return inheritAlerts(state, alerts, at)
}

/** Another leads: generations are counted on from its own, so that provenance goes on. */
export function hearLeader(state: ControllerState, leading: Leading, at: number): void {
  if (state.role === 'leading' || leading.epoch < (state.leader?.epoch ?? 0)) return
  const { controller, epoch, generation } = leading
  state.leader = { controller, epoch, generation, heardAt: at }
  state.epoch = epoch
  state.generation = Math.max(state.generation, generation)
}

function yieldToTables(state: ControllerState, at: number): void {
  const { leader } = state
  if (leader === undefined || !state.isAdopted) return
  const reports = [...state.directors.values()].filter(
    (report) => report.problem === undefined && compareVersions(report, leader) >= 0,
  )
  for (const service of state.services.values()) {
    const holders = holdersOf(state, service, reports)
    if (holders.length === 0) continue
    const rows = mergeRows(holders)
    if (!service.sorry) adoptSorry(service, rows)
    for (const server of service.servers) {
      const weight = rows.get(serverKey(server.config)) ?? null
      const isOld = server.placedAt < leader.heardAt - SETTLING_MS
      if (!isOld || weight === server.placement.weight) continue
      yieldTo(state, server, weight)
      if (weight !== null && weight > 0) goOn(server, weight, at)
    }
    service.table = undefined
  }
}

function yieldTo(state: ControllerState, server: ServerState, weight: number | null): void {
  const override = overrideOf(state, server)
  // The operator's word is above every table.
  if (override !== undefined && weight !== null && weight > 0) return
  adoptRow(server, weight, override, true)
  server.row = undefined
  if (override !== undefined) {
    server.drained = weight === null
    server.placement = { ...server.placement, weight }
    return
  }
  server.verdict = 'unknown'
  for (const check of server.checks) {
    check.verdict = 'unknown'
    for (const view of check.views) view.confirmed = false
  }
  if (weight !== null) return
  server.held = undefined
  server.placement = { weight, because: { type: 'unproven' } }
}
