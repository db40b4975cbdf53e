import { z } from 'zod'
import type { Report } from '../domain/report.ts'

const time = z.coerce.number<number>().describe('milliseconds since the epoch')

/** Of which time, and of what. */
export const reportRequestSchema = z.object({
  fromMs: time,
  toMs: time,
  service: z.string().exactOptional().describe('only this virtual service'),
})
export type ReportRequest = z.infer<typeof reportRequestSchema>

const availability = {
  availability: z
    .number()
    .exactOptional()
    .describe('share of the time without maintenance; absent when there is none'),
  downMs: z.number(),
  maintenanceMs: z.number().describe('taken out by operators: counts neither for nor against'),
  outages: z.int(),
  longest: z.object({ at: z.number(), ms: z.number() }).exactOptional(),
}

/** The answer of `lvsctl report --format json`. */
export const reportSchema = z.object({
  cluster: z.string(),
  fromMs: z.number(),
  toMs: z.number().describe('the end of the time asked for, or now'),
  recordedFromMs: z.number().describe('nothing is known of the time before, which does not count'),
  services: z.array(
    z.object({
      name: z.string(),
      ...availability,
      servers: z.array(z.object({ name: z.string(), ...availability })),
    }),
  ),
  problem: z.string().exactOptional().describe('why it may lack something'),
}) satisfies z.ZodType<Report>
