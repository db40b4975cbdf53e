import { z } from 'zod'
import { defineMessage } from './message.ts'

/**
 * One line of the audit log. A change has two: `asked` before anything is done, then `done` or
 * `failed` with the same id. What is not even tried (`refused`) has one.
 */
export const auditEntrySchema = z.object({
  id: z.string().describe('the same for both lines of a change'),
  at: z.iso.datetime(),
  phase: z.enum(['asked', 'done', 'failed', 'refused']),
  by: z.string().describe('who asked, as far as it is known'),
  role: z.string().exactOptional(),
  from: z.string().describe('address, or who is on the local socket'),
  verb: z.string(),
  request: z.unknown().optional().describe('what was asked; secrets are masked'),
  why: z.string().exactOptional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string() }).exactOptional(),
  unwritten: z
    .int()
    .exactOptional()
    .describe('refusals before this one that were too many to keep'),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

/** One line of the stream `<cluster>-audit`. */
export const auditMessage = defineMessage<AuditEntry>('audit entry', 1, auditEntrySchema)
