import { formatAmount } from '../../shared/domain/amount.ts'
import { GUARDS, type Guard } from '../../shared/domain/guards.ts'
import type { VirtualService } from '../../shared/domain/virtual-service.ts'
import type { ServiceAlert } from './alerts.ts'
import type { Command } from './command.ts'
import type { Breaker } from './guards/breaker.ts'
import { record, switchOver } from './record.ts'
import type { ControllerState, ServiceState } from './state.ts'

const ALERTS: Readonly<Record<Guard, ServiceAlert>> = {
  panic: 'guard',
  breaker: 'breaker',
  'min-healthy': 'min-healthy',
  'max-ejected': 'max-ejected',
}

/** Guards that began or ceased to act: a guard is worse news than a failure, so it alerts. */
export function recordGuards(
  state: ControllerState,
  service: ServiceState,
  guards: ReadonlyMap<Guard, string>,
  at: number,
): readonly Command[] {
  const before = service.guards
  service.guards = guards
  const { name } = service.config
  return GUARDS.flatMap((guard) => {
    const isOn = guards.has(guard)
    const isNews = isOn !== before.has(guard)
    const message = `${name}: ${inWords(guard, service, isOn, guards.get(guard) ?? '')}`
    const alert = ALERTS[guard]
    return switchOver(state, { type: 'guard', alert, service: name, isOn, isNews, message, at })
  })
}

/** A freeze that ended by being believed is no recovery. */
export function recordBelieved(
  { config }: ServiceState,
  { cause }: Breaker,
  by: string,
  at: number,
): Command {
  const message = `${config.name}: the breaker lets go, ${by}: ${cause}`
  return record({ at, type: 'guard', service: config.name, to: 'believed', message })
}

function inWords(guard: Guard, { config }: ServiceState, isOn: boolean, reason: string): string {
  switch (guard) {
    case 'panic': {
      const threshold = `(panic threshold ${percent(config)})`
      return isOn
        ? `too few real servers are up, failed ones are kept in ${threshold}`
        : `enough real servers are up again ${threshold}`
    }
    case 'min-healthy': {
      const wanted = config.guards?.minHealthy
      const minimum = wanted === undefined ? '' : ` (minimum ${formatAmount(wanted)})`
      return isOn
        ? `too few real servers are healthy, failed ones are kept in${minimum}`
        : `enough real servers are healthy again${minimum}`
    }
    case 'max-ejected': {
      const most = config.guards?.maxEjected
      const cap = most === undefined ? '' : ` (at most ${formatAmount(most)})`
      return isOn
        ? `too many real servers fail, further ones are kept in${cap}`
        : `no more real servers fail than may be out${cap}`
    }
    case 'breaker':
      return isOn
        ? `frozen: ${reason}; look at the monitoring first: nobody leaves the table`
        : 'no longer frozen'
  }
}

function percent({ panicThreshold }: VirtualService): string {
  return `${Math.round(panicThreshold * 100)} %`
}
