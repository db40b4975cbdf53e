import { z } from 'zod'
import type { TableVersion } from '../domain/desired-table.ts'
import { defineMessage } from './message.ts'

/** What the controller that leads says each second. */
export interface Leading extends TableVersion {
  /** Name of the controller. */
  readonly controller: string
  /** Milliseconds since the epoch, by its clock. */
  readonly at: number
}

/** Who leads, and which table is its newest; from the controller that holds the lease. */
export const leadingMessage = defineMessage<Leading>(
  'leading',
  1,
  z.object({
    controller: z.string(),
    epoch: z.int().min(0),
    generation: z.int().min(0),
    at: z.number(),
  }),
)
