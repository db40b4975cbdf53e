import { z } from 'zod'

const share = z.number().min(0).max(1)
const milliseconds = z.number().min(0)
const amount = z.union([z.object({ count: z.int().min(0) }), z.object({ share })])
const command = z.array(z.string()).min(1)

/** What is run when a real server comes up, or goes down. */
export const serverHooksSchema = z.object({
  onUp: command.exactOptional(),
  onDown: command.exactOptional(),
})

/** Guards, pools and moving weights of a virtual service. */
export const servingShape = {
  guards: z
    .object({
      minHealthy: amount.exactOptional(),
      maxEjected: amount.exactOptional(),
      breaker: z
        .object({ share, withinMs: milliseconds, holdMs: milliseconds.exactOptional() })
        .exactOptional(),
    })
    .exactOptional(),
  pool: z
    .object({
      quorum: z.int().min(0),
      hysteresis: z.int().min(0),
      backupsBelow: z.int().min(0),
    })
    .exactOptional(),
  slowStart: z.object({ overMs: milliseconds, steps: z.int().min(1), from: share }).exactOptional(),
  dynamicWeight: z
    .object({
      intervalMs: milliseconds,
      proportions: z.object({ active: share, new: share, response: share, agent: share }),
      lowest: share,
      highest: z.number().min(1),
      step: share,
      sensitivity: share,
    })
    .exactOptional(),
  hooks: z
    .object({ onQuorumUp: command.exactOptional(), onQuorumDown: command.exactOptional() })
    .exactOptional(),
}
