import type { Command } from './command.ts'
import type { Event } from './event.ts'
import { record } from './record.ts'
import { recordBelieved } from './record-guards.ts'
import type { ControllerState } from './state.ts'

/** An operator confirms that what fails has really failed: the freeze of the service ends. */
export function releaseBreaker(
  state: ControllerState,
  { service: name, owner, reason, at }: Extract<Event, { type: 'breaker-released' }>,
): readonly Command[] {
  const service = state.services.get(name)
  if (service === undefined || service.breaker.state !== 'frozen') return []
  service.breaker = { ...service.breaker, state: 'believed', since: at }
  state.dirty.add(name)
  const why = reason === '' ? '' : `: ${reason}`
  const message = `${owner} asked to release ${name}, which was frozen${why}`
  return [
    record({ at, type: 'operator', service: name, by: owner, to: 'release', message }),
    recordBelieved(service, service.breaker, `${owner} says so`, at),
  ]
}
