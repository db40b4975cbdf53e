import { z } from 'zod'
import { windowSchema } from './window-message.ts'

const time = z.iso.datetime().describe('ISO 8601, UTC')

/** A maintenance window as operators see it. */
export const windowStatusSchema = z.object({
  name: z.string(),
  source: z.enum(['cluster-file', 'command-line']),
  act: z.enum(['maintenance', 'drain']),
  targets: z
    .array(z.string())
    .describe('real servers everywhere (web1) or in a service (web/web1)'),
  reason: z.string(),
  forMs: z.number(),
  cron: z.string().optional(),
  timeZone: z.string().optional(),
  openSince: time.optional(),
  closes: time.optional(),
  force: z.boolean().optional().describe('also where the rest cannot carry it'),
  held: z
    .array(z.object({ target: z.string(), why: z.string() }))
    .optional()
    .describe('of an open window: whom it leaves in, as the rest could not carry it'),
  opens: time.optional().describe('when it opens next; absent when never again'),
})
export type WindowStatus = z.infer<typeof windowStatusSchema>

/** The answer of `lvsctl window list --json`. */
export const windowsSchema = z.object({ windows: z.array(windowStatusSchema) })

/** A new window of the command line. */
export const windowAddSchema = z.object({
  window: windowSchema,
  owner: z.string(),
})
export type WindowAddRequest = z.infer<typeof windowAddSchema>

/** A window of the command line that is no longer wanted. What it has opened is left to its end. */
export const windowRemoveSchema = z.object({
  name: z.string(),
  owner: z.string(),
  reason: z.string().max(1000),
})
export type WindowRemoveRequest = z.infer<typeof windowRemoveSchema>
