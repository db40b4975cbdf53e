import { z } from 'zod'
import { eventFilterSchema } from './api.ts'

/** What `GET /v1/stream` is asked for. */
export const streamRequestSchema = z.object({
  topics: z
    .array(z.enum(['status', 'events']))
    .default(['status', 'events'])
    .describe('status: status and status-change; events: event'),
  after: z
    .int()
    .min(0)
    .exactOptional()
    .describe('events with a higher sequence; the header Last-Event-ID says the same'),
  ...eventFilterSchema.shape,
})
export type StreamRequest = z.infer<typeof streamRequestSchema>
