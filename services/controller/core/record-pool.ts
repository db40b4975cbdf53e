import { PLAIN_POOL } from '../../shared/domain/pool.ts'
import { clearAlert, raiseAlert, serviceAlertKey } from './alerts.ts'
import type { Command } from './command.ts'
import type { Quorum } from './pools/quorum.ts'
import { record, switchOver } from './record.ts'
import { serviceHook } from './run-hooks.ts'
import type { Serving } from './serving.ts'
import type { ControllerState, ServiceState } from './state.ts'

/** Backups, quorum and sorry server that came or went: events, alerts and hooks. */
export function recordPool(
  state: ControllerState,
  service: ServiceState,
  { tier, quorum, live, sorry, sorryWeight }: Serving,
  at: number,
): readonly Command[] {
  const commands = [
    ...recordTier(state, service, tier, at),
    ...recordQuorum(state, service, quorum, live, at),
    ...recordSorry(state, service, sorry, quorum, at),
  ]
  service.tier = tier
  service.quorum = quorum
  service.live = live
  service.sorry = sorry
  service.sorryWeight = sorryWeight
  return commands
}

function recordTier(
  state: ControllerState,
  service: ServiceState,
  tier: number,
  at: number,
): readonly Command[] {
  const { name } = service.config
  const key = serviceAlertKey('backups', name)
  const message =
    tier === 0
      ? `${name}: enough others are up again: the backups stand by`
      : `${name}: too few others are up: backups serve, up to tier ${tier}`
  const alert =
    tier === 0
      ? clearAlert(state, key, at)
      : raiseAlert(state, { key, severity: 'warning', message, since: at })
  if (tier === service.tier) return alert
  return [record({ at, type: 'backups', service: name, to: String(tier), message }), ...alert]
}

/** Where nothing is said about it, whether somebody serves is told in other ways. */
function recordQuorum(
  state: ControllerState,
  service: ServiceState,
  quorum: Quorum,
  live: number,
  at: number,
): readonly Command[] {
  const { name, pool, hooks } = service.config
  const from = service.quorum
  const isNews = quorum !== from && !(from === 'unknown' && quorum === 'up')
  if (pool === undefined && hooks === undefined) return []
  const wanted = `wanted ${pool?.quorum ?? PLAIN_POOL.quorum}`
  const isDown = quorum === 'down'
  const message = isDown
    ? `${name}: the quorum is lost: weight ${live} is up, ${wanted}`
    : `${name}: the quorum is there again: weight ${live} is up, ${wanted}`
  const key = serviceAlertKey('quorum', name)
  const alert = isDown
    ? raiseAlert(state, { key, severity: 'critical', message, since: at })
    : clearAlert(state, key, at)
  if (!isNews) return alert
  const hook = serviceHook(service, isDown ? 'onQuorumDown' : 'onQuorumUp', live, at)
  return [
    record({ at, type: 'quorum', service: name, from, to: quorum, message }),
    ...alert,
    ...hook,
  ]
}

function recordSorry(
  state: ControllerState,
  service: ServiceState,
  isOn: boolean,
  quorum: Quorum,
  at: number,
): readonly Command[] {
  const { name } = service.config
  const isServed = service.servers.some(({ placement }) => (placement.weight ?? 0) > 0)
  const why = isServed ? 'too little weight is left' : 'no real server is left'
  const over = quorum === 'up' && service.config.pool !== undefined ? 'enough weight is up' : ''
  const message = isOn
    ? `${name}: ${why}: the sorry server serves${isServed ? ' beside the others' : ''}`
    : `${name}: ${over === '' ? 'a real server serves' : over} again: the sorry server is out`
  return switchOver(state, {
    type: 'sorry-server',
    alert: 'sorry-server',
    service: name,
    isOn,
    isNews: isOn !== service.sorry,
    message,
    at,
  })
}
