import { z } from 'zod'
import { MAX_WINDOW_MS, type MaintenanceWindow } from '../domain/maintenance-window.ts'
import { defineMessage } from './message.ts'

/** Shape of a maintenance window. */
export const windowSchema = z.object({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/),
  start: z.union([
    z.object({ type: z.literal('cron'), expression: z.string(), timeZone: z.string() }),
    z.object({ type: z.literal('once'), at: z.number() }),
  ]),
  forMs: z.number().min(60_000).max(MAX_WINDOW_MS),
  act: z.enum(['maintenance', 'drain']),
  targets: z.array(z.object({ server: z.string(), service: z.string().exactOptional() })).min(1),
  reason: z.string(),
  force: z
    .literal(true)
    .exactOptional()
    .describe('also where a guard says that the rest cannot carry it'),
}) satisfies z.ZodType<MaintenanceWindow>

/** A window that was made from the command line, as kept in the key-value bucket. */
export const windowMessage = defineMessage<MaintenanceWindow>('window', 1, windowSchema)

/** What has been done about the latest opening of a window. */
export interface WindowProgress {
  /** When it opened, milliseconds since the epoch. */
  readonly start: number
  /** Keys of the overrides of real servers that are dealt with, one way or the other. */
  readonly done: readonly string[]
}

/** Progress of a window, as kept in the key-value bucket. */
export const windowProgressMessage = defineMessage<WindowProgress>(
  'window progress',
  1,
  z.object({ start: z.number(), done: z.array(z.string()) }),
)
