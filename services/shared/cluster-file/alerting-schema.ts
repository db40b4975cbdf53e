import { z } from 'zod'
import { channelsSchema, digestSchema, urlSchema } from './channel-schema.ts'
import { timeZoneSchema } from './cron-schema.ts'
import { durationSchema } from './duration-schema.ts'
import {
  dependencySchema,
  flappingSchema,
  groupingSchema,
  periodSchema,
  routeSchema,
  severitiesSchema,
} from './route-schema.ts'
import { nameSchema } from './words.ts'

/** Who is told what, and how, as written. */
export const alertingSchema = z.strictObject({
  channels: channelsSchema.describe('Ways to reach people, by name.'),
  routes: z
    .array(routeSchema)
    .optional()
    .describe('Who is told what; everything from warnings up to all channels when absent.'),
  periods: z
    .record(nameSchema(), periodSchema)
    .optional()
    .describe('Times of the week by name, for routes.'),
  timeZone: timeZoneSchema({
    description: 'IANA time zone of periods that name none.',
  }).optional(),
  severities: severitiesSchema
    .optional()
    .describe('How bad kinds of cause are, where it shall not be the usual.'),
  grouping: groupingSchema.optional().describe('How simultaneous causes become one incident.'),
  recoveryAfter: durationSchema(
    { min: 0, max: 3_600_000 },
    { description: 'An incident is over when all has been well for so long.', default: '10s' },
  ).optional(),
  flapping: flappingSchema.optional().describe('When something counts as flapping: told once.'),
  dependencies: z
    .array(dependencySchema)
    .optional()
    .describe('What explains what: while a gateway is down, nobody hears of those behind it.'),
  console: urlSchema('Address of the console, for links in messages.').optional(),
  digest: digestSchema.optional().describe('A summary of what happened, at fixed times.'),
})

/** Alerting as written. */
export type WrittenAlerting = z.output<typeof alertingSchema>
