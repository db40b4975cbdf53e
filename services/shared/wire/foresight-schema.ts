import { z } from 'zod'
import {
  type Foresight,
  PLANNED_ACTS,
  type PlannedChange,
  type PlannedEntry,
  type PlannedVerdict,
} from '../domain/plan.ts'

const connections = z.object({ active: z.int(), inactive: z.int(), persistent: z.int() })
const beforeAndAfter = z.object({ before: z.number(), after: z.number() })

/** One step to the tables that a cluster file asks for. */
export const plannedChangeSchema = z.object({
  act: z.enum(PLANNED_ACTS),
  service: z.string(),
  address: z.string().describe('VIP:port/protocol or fwmark:N'),
  server: z.string().exactOptional().describe('name of the real server; absent for the service'),
  row: z.string().exactOptional().describe('its address:port in the table'),
  directors: z.array(z.string()).describe('whose tables'),
  fields: z.array(
    z.object({
      what: z.string().describe('weight, scheduler, …'),
      kernel: z.string().describe('what is there; none: nothing'),
      applied: z.string().exactOptional().describe('what was wanted until now, where we manage'),
      desired: z.string().describe('what the file makes of it; none: nothing'),
    }),
  ),
  by: z
    .enum(['file', 'repair'])
    .describe('repair: somebody else changed the table, and it is put right with any file'),
  connections: connections.describe('from the kernels of these directors'),
  why: z.string().exactOptional(),
}) satisfies z.ZodType<PlannedChange>

/** Somebody who comes in when it has passed its checks. */
export const plannedEntrySchema = z.object({
  service: z.string(),
  server: z.string(),
  message: z.string(),
}) satisfies z.ZodType<PlannedEntry>

/** How a service stands right after the change. */
export const plannedVerdictSchema = z.object({
  service: z.string(),
  share: beforeAndAfter.describe('share of the configured weight that is up'),
  servers: z
    .array(z.object({ name: z.string(), active: beforeAndAfter }))
    .describe('those who take over from those who leave, with their active connections'),
  objections: z.array(z.string()).describe('guards that would have too little to stand on'),
}) satisfies z.ZodType<PlannedVerdict>

/** What the leading controller foresees. */
export const foresightSchema = z.object({
  changes: z.array(plannedChangeSchema),
  later: z.array(plannedEntrySchema),
  verdicts: z.array(plannedVerdictSchema),
  warnings: z.array(z.string()),
  facts: z.array(z.string()),
}) satisfies z.ZodType<Foresight>
