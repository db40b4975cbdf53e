import { z } from 'zod'
import { defineMessage } from './message.ts'

/** What the alerter that tells people says every few seconds, for `lvsctl status`. */
export interface AlertingPresence {
  /** Name of the alerter. */
  readonly alerter: string
  /** Milliseconds since the epoch, by its clock. */
  readonly at: number
  readonly open: number
  /** Of the open ones, those that somebody has taken on. */
  readonly acknowledged: number
  readonly silences: number
  readonly deadLetters: number
}

/** How the alerter is. */
export const alertingMessage = defineMessage<AlertingPresence>(
  'alerting',
  1,
  z.object({
    alerter: z.string(),
    at: z.number(),
    open: z.int().min(0),
    acknowledged: z.int().min(0),
    silences: z.int().min(0),
    deadLetters: z.int().min(0),
  }),
)
