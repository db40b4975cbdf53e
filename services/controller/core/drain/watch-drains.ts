import { formatDuration } from '../../../shared/domain/duration.ts'
import { type Outage, type Override, overrideKey } from '../../../shared/domain/override.ts'
import { formatTarget } from '../../../shared/domain/server-target.ts'
import { clearAlert, raiseAlert } from '../alerts.ts'
import type { Command } from '../command.ts'
import { about, record } from '../record.ts'
import { type ControllerState, type ServerState, serverName } from '../state.ts'
import { afterRemoval } from './drain-plan.ts'
import { connectionsLeft, isDraining } from './finish-drains.ts'

/** An override that ends by itself is announced so long before, or in the last fifth of it. */
const NOTICE_MS = 10 * 60_000

/** Deadlines of drains, and notice of overrides that are about to end by themselves. */
export function watchDrains(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  const alerts = new Set<string>()
  for (const override of state.overrides.values()) {
    commands.push(...giveNotice(state, override, alerts, at))
    if (override.kind === 'drain') commands.push(...keepDeadline(state, override, alerts, at))
  }
  for (const key of state.alerts.keys()) {
    const isOurs = key.startsWith('override-ends/') || key.startsWith('drain-deadline/')
    if (isOurs && !alerts.has(key)) commands.push(...clearAlert(state, key, at))
  }
  return commands
}

function giveNotice(
  state: ControllerState,
  override: Override,
  alerts: Set<string>,
  at: number,
): readonly Command[] {
  const { kind, until, since, owner } = override
  if (until === undefined) return []
  const left = until - at
  if (left > Math.min(NOTICE_MS, (until - since) / 5)) return []
  const key = `override-ends/${overrideKey(override)}`
  alerts.add(key)
  const target = formatTarget(override)
  const then =
    kind === 'weight' ? 'the configured weight comes back' : 'it serves again if its checks pass'
  const message = `${kind} of ${target} by ${owner} ends in ${formatDuration(left)}: ${then}`
  return raiseAlert(state, { key, severity: 'warning', message, since: at })
}

function keepDeadline(
  state: ControllerState,
  override: Outage,
  alerts: Set<string>,
  at: number,
): readonly Command[] {
  const { deadline, server: name, service: only } = override
  if (deadline === undefined || deadline > at) return []
  const late: ServerState[] = []
  for (const service of state.services.values()) {
    if (only !== undefined && only !== service.config.name) continue
    const server = service.servers.find(({ config }) => config.name === name)
    if (server !== undefined && isDraining(server)) late.push(server)
  }
  if (late.length === 0) return []
  if (override.atDeadline !== 'keep') return late.map((one) => takeOut(state, one, override, at))
  const key = `drain-deadline/${overrideKey(override)}`
  alerts.add(key)
  const rest = late.map((one) => `${serverName(one)} ${connectionsLeft(state, one) ?? '?'}`)
  const what = `drain of ${overrideKey(override)} is not over at its deadline`
  const message = `${what}: ${rest.join(', ')} left`
  return raiseAlert(state, { key, severity: 'warning', message, since: at })
}

/** Out with what is left of it. */
function takeOut(
  state: ControllerState,
  server: ServerState,
  { atDeadline }: Outage,
  at: number,
): Command {
  const left = connectionsLeft(state, server)
  server.drained = true
  server.cutShort = { left }
  state.dirty.add(server.service.config.name)
  const [report] = state.directors.values()
  const then = left === 0 ? '' : `: ${afterRemoval(report?.sysctls ?? [])}`
  const rest = left === undefined ? 'whatever is left' : `${left} connections left`
  const act = atDeadline === 'cut' ? 'cut' : 'removed'
  const message = `${serverName(server)}: ${act} at its deadline with ${rest}${then}`
  return record({ ...about(server, at), type: 'drained', to: 'deadline', message })
}
