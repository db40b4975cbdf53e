import { z } from 'zod'
import { DRAIN_PHASES } from '../domain/drain-phase.ts'
import { DEADLINE_ACTS, type Outage } from '../domain/override.ts'

const time = z.iso.datetime().describe('ISO 8601, UTC')

/** Who took a real server out of service, in the answer of `lvsctl status --json`. */
export const outageStatusSchema = z.object({
  kind: z.enum(['drain', 'maintenance'] satisfies readonly Outage['kind'][]),
  scope: z.string().describe('real server everywhere, or service/server'),
  owner: z.string(),
  reason: z.string(),
  since: time,
  until: time.optional().describe('when it ends by itself'),
})
export type OutageStatus = z.infer<typeof outageStatusSchema>

/** Where the drain of a real server in a service stands. */
export const drainStatusSchema = z.object({
  phase: z
    .enum(DRAIN_PHASES)
    .describe(
      'under way: starting until every director holds what was decided, connections, templates ' +
        'when only those of persistence are left, leaving until every director has taken the row ' +
        'out; over: done by itself, out without waiting, cut at its deadline',
    ),
  directors: z.array(
    z.object({
      name: z.string(),
      connections: z
        .object({ active: z.int(), inactive: z.int(), persistent: z.int() })
        .nullable()
        .describe('null: it has not said yet that it holds what was decided'),
    }),
  ),
  leftMs: z
    .number()
    .optional()
    .describe('how long until nothing is left, by how connections have ended so far'),
  deadline: time.optional(),
  atDeadline: z.enum(DEADLINE_ACTS).optional().describe('what happens then'),
  hold: z.boolean().optional().describe('its row stays at weight 0 when it is over'),
  cut: z.int().optional().describe('connections that were left at the deadline'),
  remarks: z.array(z.string()).describe('what the kernel makes of it'),
})
export type DrainStatus = z.infer<typeof drainStatusSchema>
