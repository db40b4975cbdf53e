import { z } from 'zod'

/** Something to say about a place in a cluster file. */
export const findingSchema = z.object({
  severity: z.enum(['error', 'warning', 'advice']),
  rule: z.string(),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  path: z.string(),
  message: z.string(),
})
