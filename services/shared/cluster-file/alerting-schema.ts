import { z } from 'zod'
import { channelsSchema, digestSchema } from './channel-schema.ts'

/** Who is told what, and how, as written. */
export const alertingSchema = z.strictObject({
  channels: channelsSchema.describe('Ways to reach people, by name.'),
  digest: digestSchema.optional().describe('A summary of what happened, at fixed times.'),
})

/** Alerting as written. */
export type WrittenAlerting = z.output<typeof alertingSchema>
