import { z } from 'zod'
import { defineMessage } from './message.ts'

/** One prober among several, as it says each second. */
export interface Heartbeat {
  readonly prober: string
  /** The place it looks from. */
  readonly vantage: string
  readonly tags: readonly string[]
  /** One word for each life of a process: two that share a name are found out by it. */
  readonly life: string
  /** Milliseconds since the epoch, by its own clock. */
  readonly at: number
  /** Probes that it runs. */
  readonly checks: number
  /** The most that a run was late since the heartbeat before, in milliseconds. */
  readonly lagMs: number
  /**
   * It takes part and its canaries answer; who is not fit leaves the checks to the others of its
   * vantage.
   */
  readonly fit: boolean
  /** The others of its vantage with whom it shares the checks by now. */
  readonly sharesWith: readonly string[]
  /** Said once, by one that stops cleanly and runs nothing any more. */
  readonly leaving?: true
}

/** Said each second by every prober. */
export const heartbeatMessage = defineMessage<Heartbeat>(
  'heartbeat',
  1,
  z.object({
    prober: z.string().min(1),
    vantage: z.string().min(1),
    tags: z.array(z.string()),
    life: z.string(),
    at: z.number(),
    checks: z.int().min(0),
    lagMs: z.number().min(0),
    fit: z.boolean(),
    sharesWith: z.array(z.string()),
    leaving: z.literal(true).exactOptional(),
  }),
)
