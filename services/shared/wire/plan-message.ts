import { z } from 'zod'
import type { Foresight } from '../domain/plan.ts'
import type { Cluster } from '../domain/virtual-service.ts'
import { clusterSchema } from './cluster-revision.ts'
import { foresightSchema } from './foresight-schema.ts'
import { defineMessage } from './message.ts'

/** Asks the leading controller what a file would make of the tables; `api.foresee` on the bus. */
export const foreseeRequest = defineMessage<{ readonly cluster: Cluster }>(
  'foresee request',
  1,
  z.object({ cluster: clusterSchema }),
)

/** Its answer. */
export const foreseeResponse = defineMessage<Foresight>('foresee response', 1, foresightSchema)

/** A plan as it is kept for a while. */
export interface StoredPlan {
  readonly file: string
  readonly text: string
  /** What the text means, its host names looked up. */
  readonly cluster: Cluster
  readonly by: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The revision in force that it starts from. */
  readonly base: number
  readonly facts: readonly string[]
}

/** A plan in its bucket. */
export const planMessage = defineMessage<StoredPlan>(
  'plan',
  1,
  z.object({
    file: z.string(),
    text: z.string(),
    cluster: clusterSchema,
    by: z.string(),
    at: z.number(),
    base: z.int().min(0),
    facts: z.array(z.string()),
  }),
)
