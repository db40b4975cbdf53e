import { z } from 'zod'
import { type Status, serviceStatusSchema, statusSchema } from './status.ts'

/** What changed since the last status of a stream: whole keys, and whole services by name. */
export const statusDeltaSchema = statusSchema
  .omit({ services: true })
  .partial()
  .extend({ services: z.array(serviceStatusSchema) })
export type StatusDelta = z.infer<typeof statusDeltaSchema>

/**
 * What to send to somebody who has `before`; undefined when only the whole will do, because
 * services came, went or changed places.
 */
export function statusDelta(before: Status, after: Status): StatusDelta | undefined {
  const { services: old, ...head } = before
  const { services, ...newHead } = after
  const isSameList =
    old.length === services.length && services.every(({ name }, index) => old[index]?.name === name)
  const isKeyGone = Object.keys(head).some((key) => !(key in newHead))
  if (!isSameList || isKeyGone) return undefined
  const was: Readonly<Record<string, unknown>> = head
  const changed = Object.entries(newHead).filter(([key, value]) => !isSame(was[key], value))
  return {
    ...Object.fromEntries(changed),
    services: services.filter((service, index) => !isSame(old[index], service)),
  }
}

/** True when a delta brings no more than a later time. */
export function isIdle({ at: _, services, ...head }: StatusDelta): boolean {
  return services.length === 0 && Object.keys(head).length === 0
}

/** Both are made by the same code, so equal things are written equally. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
