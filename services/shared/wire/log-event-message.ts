import { z } from 'zod'
import { LOG_EVENT_TYPES, type LogEvent } from '../domain/log-event.ts'
import { defineMessage } from './message.ts'

/** Shape of an entry of the event log. */
export const logEventSchema = z.object({
  at: z.number(),
  type: z.enum(LOG_EVENT_TYPES),
  service: z.string().exactOptional(),
  server: z.string().exactOptional(),
  director: z.string().exactOptional(),
  from: z.string().exactOptional(),
  to: z.string().exactOptional(),
  alert: z.string().exactOptional(),
  by: z.string().exactOptional(),
  message: z.string(),
}) satisfies z.ZodType<LogEvent>

/** One entry of the durable event log. */
export const logEventMessage = defineMessage<LogEvent>('event', 1, logEventSchema)

/** An entry with its place in the log, by which a follower goes on after a break. */
export const loggedEventSchema = logEventSchema.extend({ sequence: z.int().exactOptional() })
export type LoggedEventInfo = z.infer<typeof loggedEventSchema>
