import { z } from 'zod'
import { CHANNEL_TYPES } from '../domain/channel.ts'

/** Which channel is tried, and by whom. */
export const alertTestRequestSchema = z.object({
  channel: z.string().min(1).describe('name of a channel of the cluster file'),
  by: z.string(),
})
export type AlertTestRequest = z.infer<typeof alertTestRequestSchema>

/** What came of it. */
export const alertTestedSchema = z.object({
  channel: z.string(),
  type: z.enum(CHANNEL_TYPES),
  alerter: z.string().describe('who sent it'),
  outcome: z.enum(['delivered', 'failed']),
  reason: z.string().optional().describe('why it failed, in words'),
  final: z.boolean().optional().describe('failed: trying again would be of no use'),
  retryAfterMs: z.number().optional().describe('how long the receiver wants to be left alone'),
  remark: z.string().optional().describe('delivered, but not all was well'),
  tookMs: z.number(),
})
export type AlertTested = z.infer<typeof alertTestedSchema>
