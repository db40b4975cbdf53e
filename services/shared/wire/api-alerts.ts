import { z } from 'zod'
import { CHANNEL_TYPES } from '../domain/channel.ts'
import { SEVERITIES } from '../domain/notification.ts'
import { causeMatchSchema } from './alerting-schema.ts'

const time = z.iso.datetime().describe('ISO 8601, UTC')
const severity = z.enum(SEVERITIES)

/** One thing that is wrong, or was, in the answer of `lvsctl alerts --json`. */
export const causeStatusSchema = z.object({
  key: z.string().describe('down/web/web1, or the key of an alert such as guard/web'),
  severity,
  message: z.string(),
  service: z.string().optional(),
  server: z.string().optional(),
  zone: z.string().optional(),
  director: z.string().optional(),
  since: time,
  endedAt: time.optional().describe('it is over since then'),
  flapping: z.boolean().describe('it comes and goes, and counts as standing'),
  explainedBy: z.string().optional().describe('cause that explains it: nobody is told of it'),
  silencedBy: z.string().optional().describe('silence that covers it'),
})

/** An incident, in the answer of `lvsctl alerts --json`. */
export const incidentStatusSchema = z.object({
  incident: z.int().describe('its number, for lvsctl ack'),
  state: z.enum(['gathering', 'open', 'acknowledged', 'silenced', 'over']),
  severity,
  since: time,
  overAt: time.optional(),
  summary: z.string(),
  level: z.int().describe('the highest level that was told; 0: nobody'),
  causes: z.array(causeStatusSchema),
  ack: z
    .object({ by: z.string(), reason: z.string(), at: time, until: time.optional() })
    .optional(),
  told: z.array(
    z.object({
      at: time,
      channel: z.string(),
      kind: z.string(),
      level: z.int(),
      state: z
        .enum(['decided', 'delivered', 'given-up', 'uncertain'])
        .describe('uncertain: the alerter ended while it sent'),
    }),
  ),
})
export type IncidentStatus = z.infer<typeof incidentStatusSchema>

/** A silence, in the answer of `lvsctl silence list --json`. */
export const silenceStatusSchema = z.object({
  id: z.string(),
  covers: z.string().describe('in words'),
  match: causeMatchSchema,
  incident: z.int().optional(),
  owner: z.string(),
  reason: z.string(),
  since: time,
  until: time,
})
export type SilenceStatus = z.infer<typeof silenceStatusSchema>

/** What could not be told. */
export const deadLetterStatusSchema = z.object({
  channel: z.string(),
  incident: z.string().optional(),
  subject: z.string(),
  reason: z.string(),
  attempts: z.int(),
  at: time,
  uncertain: z.boolean().describe('it may have arrived'),
})

/** Incidents that are over, too, or only those that are not. */
export const alertsRequestSchema = z.object({
  all: z.boolean().optional().describe('incidents that are over, too'),
})

/** The answer of `lvsctl alerts --json`. */
export const alertsSchema = z.object({
  at: time,
  alerter: z.string().describe('the one that tells people'),
  channels: z.array(z.string()),
  incidents: z.array(incidentStatusSchema).describe('open ones first, then the latest'),
  silences: z.array(silenceStatusSchema),
  deadLetters: z.array(deadLetterStatusSchema).describe('what could not be told, newest first'),
})
export type Alerts = z.infer<typeof alertsSchema>

/** An incident is taken on. */
export const ackRequestSchema = z.object({
  incident: z.int().min(1),
  by: z.string(),
  reason: z.string().max(1000),
  forMs: z.number().positive().optional().describe('only for so long'),
})
export type AckRequest = z.infer<typeof ackRequestSchema>
/** The incident that was taken on. */
export const ackedSchema = z.object({ incident: incidentStatusSchema })

/** The longest silence there may be: more is a change of the cluster file. */
export const MAX_SILENCE_MS = 30 * 86_400_000

/** Nobody is called about some things for a while. */
export const silenceAddSchema = z.object({
  match: causeMatchSchema,
  incident: z.int().min(1).optional().describe('only of this incident'),
  owner: z.string(),
  reason: z.string().max(1000),
  forMs: z.number().min(1000).max(MAX_SILENCE_MS),
})
export type SilenceAddRequest = z.infer<typeof silenceAddSchema>

/** A silence is over before its time. */
export const silenceRemoveSchema = z.object({
  id: z.string(),
  owner: z.string(),
  reason: z.string().max(1000),
})
export type SilenceRemoveRequest = z.infer<typeof silenceRemoveSchema>

/** All silences. */
export const silencesSchema = z.object({ silences: z.array(silenceStatusSchema) })
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
