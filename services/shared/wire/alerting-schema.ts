import { z } from 'zod'
import type { AlertingPolicy, AlertRoute } from '../domain/alerting.ts'
import type { CauseMatch } from '../domain/cause.ts'
import type { ChannelSettings } from '../domain/channel.ts'
import { SEVERITIES } from '../domain/notification.ts'

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

const names = z.array(z.string())
const labels = z.record(z.string(), z.string())
const severity = z.enum(SEVERITIES)

/** Which causes are meant. */
export const causeMatchSchema = z.object({
  kinds: names.exactOptional(),
  services: names.exactOptional(),
  servers: names.exactOptional(),
  zones: names.exactOptional(),
  directors: names.exactOptional(),
  vantages: names.exactOptional(),
  severity: severity.exactOptional(),
  labels: labels.exactOptional(),
}) satisfies z.ZodType<CauseMatch>

const ranges = z.array(z.tuple([z.number(), z.number()])).exactOptional()
const timePeriodSchema = z.array(
  z.object({
    ...{ yr: ranges, mo: ranges, wk: ranges, yd: ranges, md: ranges, wd: ranges },
    ...{ hr: ranges, min: ranges, sec: ranges, mod: ranges },
  }),
)

const routeSchema = z.object({
  name: z.string(),
  match: causeMatchSchema,
  channels: names,
  escalation: z.array(z.object({ afterMs: z.number(), channels: names })),
  after: z
    .object({
      failures: z.number().exactOptional(),
      withinMs: z.number().exactOptional(),
      forMs: z.number().exactOptional(),
    })
    .exactOptional(),
  everyMs: z.number().positive().exactOptional(),
  updates: z.boolean(),
  recovery: z.boolean(),
  acknowledgements: z.boolean(),
  startup: z.boolean(),
  during: z
    .array(z.object({ name: z.string(), timeZone: z.string(), period: timePeriodSchema }))
    .exactOptional(),
  isLast: z.boolean(),
}) satisfies z.ZodType<AlertRoute>

/** Whom to tell, and how, in the cluster file in force. */
export const alertingSchema = z.object({
  channels: z.record(z.string(), channelSchema),
  digest: z.object({ cron: z.string(), timeZone: z.string(), channel: z.string() }).exactOptional(),
  routes: z.array(routeSchema),
  severities: z.record(z.string(), severity),
  groupWaitMs: z.number().min(0),
  groupBy: z.enum(['cluster', 'service', 'zone', 'server']),
  newsEveryMs: z.number().min(0),
  recoveryMs: z.number().min(0),
  flapping: z
    .object({ changes: z.number(), withinMs: z.number(), quietMs: z.number() })
    .exactOptional(),
  dependencies: z.array(z.object({ when: causeMatchSchema, mutes: causeMatchSchema })),
  consoleUrl: z.string().exactOptional(),
}) satisfies z.ZodType<AlertingPolicy>
