import { z } from 'zod'
import type { Alerting, ChannelSettings } from '../domain/channel.ts'

const source = z.union([z.object({ file: z.string() }), z.object({ env: z.string() })])
const command = z.array(z.string()).min(1)
const common = {
  timeoutMs: z.number().positive(),
  subject: z.string().exactOptional(),
  text: z.string().exactOptional(),
}

const channelSchema = z.discriminatedUnion('type', [
  z.object({
    ...common,
    type: z.literal('mail'),
    server: z.string(),
    from: z.string(),
    to: z.array(z.string()).min(1),
    user: z.string().exactOptional(),
    password: source.exactOptional(),
    html: z.string().exactOptional(),
  }),
  z.object({
    ...common,
    type: z.literal('webhook'),
    url: source,
    secret: source.exactOptional(),
  }),
  z.object({
    ...common,
    type: z.literal('pagerduty'),
    routingKey: source,
    url: z.string().exactOptional(),
  }),
  z.object({
    ...common,
    type: z.literal('slack'),
    url: source,
    room: z.string().exactOptional(),
  }),
  z.object({
    ...common,
    type: z.literal('telegram'),
    token: source,
    chat: z.string(),
    url: z.string().exactOptional(),
  }),
  z.object({
    ...common,
    type: z.literal('ntfy'),
    server: z.string(),
    topic: z.string(),
    token: source.exactOptional(),
  }),
  z.object({ ...common, type: z.literal('script'), command }),
  z.object({
    ...common,
    type: z.literal('mon'),
    command,
    environment: z.record(z.string(), z.string()).exactOptional(),
  }),
]) satisfies z.ZodType<ChannelSettings>

/** Whom to tell, and how, in the cluster file in force. */
export const alertingSchema = z.object({
  channels: z.record(z.string(), channelSchema),
  digest: z.object({ cron: z.string(), timeZone: z.string(), channel: z.string() }).exactOptional(),
}) satisfies z.ZodType<Alerting>
