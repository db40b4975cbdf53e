import { formatDuration } from '../../shared/domain/duration.ts'
import type { Notification, Order } from '../../shared/domain/notification.ts'
import type { AlertCommand, AlertState } from './alert-state.ts'
import { isOpen } from './incident.ts'
import { monFacts } from './mon-facts.ts'
import { isInPeriod } from './routing.ts'

/** A shorter break is a restart or a take-over, and no news. */
const BREAK_MS = 300_000

/**
 * Says to the routes that want it that alerts are told from now on, where nobody did for a while.
 */
export function startupOrders(state: AlertState, at: number): readonly AlertCommand[] {
  const { memory, policy, config } = state
  const { activeAt } = memory
  state.memory = { ...memory, activeAt: at }
  if (activeAt > 0 && at - activeAt < BREAK_MS) return []
  const routes = policy.routes.filter((route) => route.startup && isInPeriod(state, route, at))
  const channels = [...new Set(routes.flatMap((route) => route.channels))]
  if (channels.length === 0) return []
  const open = [...state.incidents.values()].filter(isOpen).length
  const before = activeAt === 0 ? '' : `; nobody did for ${formatDuration(at - activeAt)}`
  const now = open === 1 ? '1 incident is open' : `${open} incidents are open`
  const subject = `alerts are told from now on${before}: ${now}`
  const notification: Omit<Notification, 'dedupKey'> = {
    cluster: config.cluster,
    threadKey: `${config.cluster}-startup-${at.toString(36)}`,
    kind: 'startup',
    level: 1,
    severity: 'info',
    subject,
    text: `${subject.charAt(0).toUpperCase()}${subject.slice(1)}.\n`,
    causes: [],
    at,
    since: at,
    links: policy.consoleUrl === undefined ? [] : [{ label: 'console', href: policy.consoleUrl }],
    mon: monFacts(config.cluster, [], at),
  }
  const orders = channels.map((channel): Order => {
    const dedupKey = `${config.cluster}/startup/${at.toString(36)}/${channel}`
    return { channel, notification: { ...notification, dedupKey } }
  })
  state.memory = { ...state.memory, pending: [...state.memory.pending, ...orders] }
  return []
}
