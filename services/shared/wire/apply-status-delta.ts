import type { Status } from './status.ts'
import type { StatusDelta } from './status-delta.ts'

/** The status after a delta. Browsers run this, so it needs no schema library. */
export function applyStatusDelta(before: Status, { services, ...head }: StatusDelta): Status {
  const newer = new Map(services.map((service) => [service.name, service]))
  return {
    ...before,
    ...head,
    services: before.services.map((service) => newer.get(service.name) ?? service),
  } as Status
}
