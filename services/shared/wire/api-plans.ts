import { z } from 'zod'
import { findingSchema } from './finding-schema.ts'
import {
  plannedChangeSchema,
  plannedEntrySchema,
  plannedVerdictSchema,
} from './foresight-schema.ts'
import { MAX_CLUSTER_FILE_CHARACTERS } from './limits.ts'

/** A text to compare with what is in force and with the live tables. */
export const planRequestSchema = z.object({
  file: z.string().max(4096).describe('what to call it in findings'),
  text: z.string().max(MAX_CLUSTER_FILE_CHARACTERS),
  by: z.string(),
})
export type PlanRequest = z.infer<typeof planRequestSchema>

/** What putting a text in force would do. */
export const plannedSchema = z.object({
  plan: z
    .string()
    .exactOptional()
    .describe('what apply-plan wants; absent when the file has errors, or is in force already'),
  until: z.iso.datetime().exactOptional().describe('the plan is kept so long; ISO 8601, UTC'),
  file: z.string(),
  findings: z.array(findingSchema),
  base: z.int().min(0).describe('the revision in force that it starts from; 0: there is none'),
  changes: z.array(plannedChangeSchema).describe('steps to the tables, the file’s and repairs'),
  later: z.array(plannedEntrySchema).describe('who comes in when its checks pass'),
  settings: z.array(z.string()).describe('what changes without a step to the tables'),
  verdicts: z.array(plannedVerdictSchema).describe('of each service that changes'),
  warnings: z.array(z.string()),
})
/** The answer of `lvsctl plan --json`. */
export type Planned = z.infer<typeof plannedSchema>

/** A plan to carry out. */
export const applyPlanRequestSchema = z.object({
  plan: z.string().regex(/^[0-9a-f]{12}$/, 'wanted the id of a plan: 12 digits of 0 to 9, a to f'),
  by: z.string(),
  reason: z.string().max(1000),
  force: z.boolean().exactOptional().describe('also where a guard objects'),
})
export type ApplyPlanRequest = z.infer<typeof applyPlanRequestSchema>
