import { z } from 'zod'
import { defineMessage } from './message.ts'

/** One controller among several. */
export interface ControllerPresence {
  readonly controller: string
  /** `leaving` is said once, by one that stops cleanly. */
  readonly role: 'leader' | 'standby' | 'leaving'
  /** What it stands by with: it knows the cluster file, the overrides and a director's table. */
  readonly isWarm: boolean
  /** Milliseconds since the epoch, when it started. */
  readonly startedAt: number
}

/** Said each second by every controller. */
export const controllerPresenceMessage = defineMessage<ControllerPresence>(
  'controller presence',
  1,
  z.object({
    controller: z.string(),
    role: z.enum(['leader', 'standby', 'leaving']),
    isWarm: z.boolean(),
    startedAt: z.number(),
  }),
)
