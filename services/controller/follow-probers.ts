import { every } from '../shared/coordination/every.ts'
import type { Member } from '../shared/coordination/member-book.ts'
import { Membership } from '../shared/coordination/membership.ts'
import type { ProberReport } from '../shared/domain/prober.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Event } from './core/event.ts'
import type { ControllerConfig, ControllerPorts } from './shell.ts'

const EVERY_MS = 1000

/**
 * Tells each second, and at once when somebody comes or goes, which probers are known and alive.
 * While the bus is away nothing is told: nobody is lost by that.
 */
export function followProbers(
  { cluster, name }: ControllerConfig,
  { bus, clock, logger }: ControllerPorts,
  tell: (event: Event) => void,
): () => void {
  const membership = new Membership(
    { cluster, name, life: '', onChange: () => tellAll() },
    { bus, clock, logger },
  )

  function tellAll(): void {
    if (membership.connectedSinceMs === undefined) return
    const probers = membership.members.map((member) => reportOf(member, clock))
    tell({ type: 'probers-heard', at: clock.now(), probers })
  }

  membership.start()
  const cancel = every(clock, EVERY_MS, tellAll)
  return () => {
    cancel()
    membership.stop()
  }
}

function reportOf({ heartbeat, alive, heardMs, skewMs }: Member, clock: Clock): ProberReport {
  const { prober: name, vantage, tags, checks, lagMs } = heartbeat
  const heardAt = clock.now() - (clock.monotonic() - heardMs)
  return { name, vantage, tags, alive, heardAt, checks, lagMs, skewMs }
}
