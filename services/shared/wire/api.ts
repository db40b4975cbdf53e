import { z } from 'zod'

import { LOG_EVENT_TYPES } from '../domain/log-event.ts'
import { DEADLINE_ACTS } from '../domain/override.ts'
import {
  ackedSchema,
  ackRequestSchema,
  alertsRequestSchema,
  alertsSchema,
  alertTestedSchema,
  alertTestRequestSchema,
  silenceAddSchema,
  silenceRemoveSchema,
  silencesSchema,
} from './api-alerts.ts'
import { applyPlanRequestSchema, plannedSchema, planRequestSchema } from './api-plans.ts'
import { windowAddSchema, windowRemoveSchema, windowsSchema } from './api-windows.ts'
import { archivedRevisionSchema, revisionSummarySchema } from './cluster-revision.ts'
import { findingSchema } from './finding-schema.ts'
import {
  historyExportRequestSchema,
  historyExportSchema,
  historyRequestSchema,
  historySchema,
} from './history-api.ts'
import { MAX_CLUSTER_FILE_CHARACTERS } from './limits.ts'
import { loggedEventSchema } from './log-event-message.ts'
import { defineMessage, type MessageCodec } from './message.ts'
import { wantedWeightSchema } from './override-message.ts'
import { reportRequestSchema, reportSchema } from './report-api.ts'
import { statusSchema, whySchema } from './status.ts'

/** A question or order of an operator: how both ways are written, on the bus and as plain JSON. */
export interface ApiVerb<Request, Response> {
  /** Last token of its subject. */
  readonly name: string
  readonly requestSchema: z.ZodType<Request>
  readonly responseSchema: z.ZodType<Response>
  readonly request: MessageCodec<Request>
  readonly response: MessageCodec<Response>
}

function defineVerb<Request, Response>(
  name: string,
  request: z.ZodType<Request>,
  response: z.ZodType<Response>,
): ApiVerb<Request, Response> {
  return {
    name,
    requestSchema: request,
    responseSchema: response,
    request: defineMessage(`${name} request`, 1, request),
    response: defineMessage(`${name} response`, 1, response),
  }
}

const targets = z
  .array(z.string())
  .min(1)
  .describe('real servers everywhere (web1), in one service (web/web1), or of a zone (zone:rack-b)')

/** What an operator's change did. */
const changedSchema = z.object({
  changed: z.array(
    z.object({
      service: z.string(),
      server: z.string(),
      admin: z.enum(['enabled', 'draining', 'drained', 'maintenance']),
      weight: z.object({ before: z.int(), after: z.int() }),
      reason: z.string(),
      replaced: z.string().optional().describe('what somebody else had said'),
      remarks: z.array(z.string()).optional().describe('what the kernel makes of it'),
    }),
  ),
})
export type Changed = z.infer<typeof changedSchema>

/** Who asks for what, and why. */
export const overrideRequestSchema = z.object({
  targets,
  owner: z.string(),
  reason: z.string(),
  forMs: z.number().positive().optional(),
  force: z.boolean().optional().describe('also where a guard says that the rest cannot carry it'),
})
export type OverrideRequest = z.infer<typeof overrideRequestSchema>

/** A drain: how long it may take, and what becomes of it. */
export const drainRequestSchema = overrideRequestSchema.extend({
  deadlineMs: z.number().positive().optional().describe('how long it may take'),
  atDeadline: z
    .enum(DEADLINE_ACTS)
    .optional()
    .describe('keep waits on and alerts, remove takes the row out, cut ends its connections, too'),
  hold: z.boolean().optional().describe('keep the row at weight 0 when it is over'),
})
export type DrainRequest = z.infer<typeof drainRequestSchema>

const weightRequestSchema = overrideRequestSchema.omit({ force: true }).extend({
  weight: z.union([wantedWeightSchema, z.literal('configured')]),
})
export type WeightRequest = z.infer<typeof weightRequestSchema>

const projectRequestSchema = z.object({ targets })

const beforeAndAfter = z.object({ before: z.number(), after: z.number() })

/** Whether the rest of a service would carry the load. */
const projectionSchema = z.object({
  service: z.string(),
  share: beforeAndAfter.describe('share of the configured weight that is up'),
  servers: z.array(
    z.object({
      name: z.string(),
      weight: z.int(),
      active: beforeAndAfter.describe('active connections'),
      rate: beforeAndAfter.describe('new connections a second'),
    }),
  ),
  objections: z.array(z.string()).describe('why it would be refused without force'),
})
export type ServiceProjection = z.infer<typeof projectionSchema>
const projectedSchema = z.object({ services: z.array(projectionSchema) })
export type ProjectedServices = z.infer<typeof projectedSchema>

const releaseRequestSchema = z.object({
  services: z.array(z.string()).min(1).describe('virtual services that the breaker has frozen'),
  owner: z.string(),
  reason: z.string(),
})
export type ReleaseRequest = z.infer<typeof releaseRequestSchema>

const releasedSchema = z.object({
  released: z.array(z.object({ service: z.string(), cause: z.string() })),
})
export type Released = z.infer<typeof releasedSchema>

/** One line of a check's dialogue. */
const transcriptLineSchema = z.object({
  direction: z.enum(['sent', 'received', 'note']),
  text: z.string(),
})

const checkRunSchema = z.object({
  service: z.string(),
  server: z.string(),
  label: z.string(),
  kind: z.string(),
  target: z.string(),
  prober: z.string().optional().describe('who looked'),
  vantage: z.string().optional().describe('the place it looked from'),
  outcome: z.enum(['pass', 'degraded', 'fail', 'inconclusive']),
  code: z.string().optional(),
  layer: z.string().optional(),
  factor: z.number().optional().describe('degraded: share of the weight that is left'),
  detail: z.string(),
  durationMs: z.number(),
  transcript: z.array(transcriptLineSchema),
})
export type CheckRun = z.infer<typeof checkRunSchema>

const checkRequestSchema = z.object({
  target: z.string().describe('real server everywhere (web1) or in one service (web/web1)'),
  from: z.string().optional().describe('vantage to look from; any that looks there when absent'),
})
export type CheckRequest = z.infer<typeof checkRequestSchema>

const pushRequestSchema = z.object({
  target: z.string().describe('real server everywhere (web1) or in one service (web/web1)'),
  state: z
    .string()
    .regex(/^(ok|fail|(\d{1,2}(\.\d{1,2})?|100)%)$/, 'wanted ok, fail, or 0% to 100%'),
  message: z.string().max(1000).default(''),
})
export type PushRequest = z.infer<typeof pushRequestSchema>

const pushesSchema = z.object({
  pushed: z.array(z.object({ service: z.string(), server: z.string(), label: z.string() })),
})
export type Pushes = z.infer<typeof pushesSchema>

const reloadedSchema = z.object({
  applied: z.boolean(),
  file: z.string(),
  findings: z.array(findingSchema),
})
export type Reloaded = z.infer<typeof reloadedSchema>

const appliedSchema = reloadedSchema.extend({
  revision: z.int().min(0).describe('the one in force now; 0: there is none'),
  changed: z.boolean().describe('false: that text was in force already, or nothing was applied'),
})
/** What became of a cluster file that was put forward. */
export type Applied = z.infer<typeof appliedSchema>

const applyRequestSchema = z.object({
  file: z.string().max(4096).describe('what to call it in findings'),
  text: z.string().max(MAX_CLUSTER_FILE_CHARACTERS),
  by: z.string(),
  reason: z.string().max(1000),
  expect: z.int().min(0).exactOptional().describe('refused unless this revision is in force'),
})
export type ApplyRequest = z.infer<typeof applyRequestSchema>

const rollbackRequestSchema = z.object({
  to: z.int().min(1).exactOptional().describe('the one before the present one when absent'),
  by: z.string(),
  reason: z.string().max(1000),
})
export type RollbackRequest = z.infer<typeof rollbackRequestSchema>

const revisionsSchema = z.object({
  current: z.int().min(0).describe('0: none yet'),
  revisions: z.array(revisionSummarySchema).describe('oldest first'),
})
export type Revisions = z.infer<typeof revisionsSchema>

/** Which entries of the event log somebody wants; what is absent does not matter. */
export const eventFilterSchema = z.object({
  since: z.number().exactOptional().describe('milliseconds since the epoch'),
  service: z.string().exactOptional(),
  server: z.string().exactOptional(),
  type: z.enum(LOG_EVENT_TYPES).exactOptional(),
})

/** Every verb of the API: `lvs.<cluster>.api.<name>` on the bus. */
export const api = {
  status: defineVerb('status', z.object({}), statusSchema),
  why: defineVerb(
    'why',
    z.object({ target: z.string() }),
    z.object({ answers: z.array(whySchema) }),
  ),
  drain: defineVerb('drain', drainRequestSchema, changedSchema),
  maintenance: defineVerb('maintenance', overrideRequestSchema, changedSchema),
  enable: defineVerb('enable', overrideRequestSchema, changedSchema),
  weight: defineVerb('weight', weightRequestSchema, changedSchema),
  project: defineVerb('project', projectRequestSchema, projectedSchema),
  release: defineVerb('release', releaseRequestSchema, releasedSchema),
  check: defineVerb('check', checkRequestSchema, z.object({ runs: z.array(checkRunSchema) })),
  push: defineVerb('push', pushRequestSchema, pushesSchema),
  reload: defineVerb('reload', z.object({ by: z.string() }), reloadedSchema),
  apply: defineVerb('apply', applyRequestSchema, appliedSchema),
  plan: defineVerb('plan', planRequestSchema, plannedSchema),
  applyPlan: defineVerb('apply-plan', applyPlanRequestSchema, appliedSchema),
  rollback: defineVerb('rollback', rollbackRequestSchema, appliedSchema),
  revisions: defineVerb('revisions', z.object({}), revisionsSchema),
  revision: defineVerb(
    'revision',
    z.object({ revision: z.coerce.number<number>().int().min(1) }),
    archivedRevisionSchema,
  ),
  windows: defineVerb('windows', z.object({}), windowsSchema),
  windowAdd: defineVerb('window-add', windowAddSchema, windowsSchema),
  windowRemove: defineVerb('window-remove', windowRemoveSchema, windowsSchema),
  alerts: defineVerb('alerts', alertsRequestSchema, alertsSchema),
  ack: defineVerb('ack', ackRequestSchema, ackedSchema),
  silences: defineVerb('silences', z.object({}), silencesSchema),
  silenceAdd: defineVerb('silence-add', silenceAddSchema, silencesSchema),
  silenceRemove: defineVerb('silence-remove', silenceRemoveSchema, silencesSchema),
  events: defineVerb(
    'events',
    z.object({ limit: z.int().min(1).max(10_000).default(50), ...eventFilterSchema.shape }),
    z.object({ events: z.array(loggedEventSchema) }),
  ),
  alertTest: defineVerb('alert-test', alertTestRequestSchema, alertTestedSchema),
  history: defineVerb('history', historyRequestSchema, historySchema),
  report: defineVerb('report', reportRequestSchema, reportSchema),
  historyExport: defineVerb('history-export', historyExportRequestSchema, historyExportSchema),
} as const

/** The name of a verb. */
export type Verb = keyof typeof api
