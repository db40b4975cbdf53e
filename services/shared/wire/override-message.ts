import { z } from 'zod'
import { DEADLINE_ACTS, type Override } from '../domain/override.ts'
import { defineMessage } from './message.ts'

/** A weight, or a share of the configured one. */
export const wantedWeightSchema = z.union([
  z.object({ count: z.int().min(0).max(65_535) }),
  z.object({ share: z.number().min(0).max(10) }),
])

const base = {
  server: z.string(),
  service: z.string().exactOptional(),
  owner: z.string(),
  reason: z.string(),
  since: z.number(),
  until: z.number().exactOptional(),
}

/** One operator's override, as kept in the key-value bucket. */
export const overrideMessage = defineMessage<Override>(
  'override',
  1,
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.enum(['drain', 'maintenance']),
      ...base,
      deadline: z.number().exactOptional(),
      atDeadline: z.enum(DEADLINE_ACTS).exactOptional(),
      hold: z.literal(true).exactOptional(),
    }),
    z.object({ kind: z.literal('weight'), ...base, weight: wantedWeightSchema }),
  ]),
)

/**
 * Its key in the bucket, from `overrideKey`: buckets take no slash everywhere, names hold no dot.
 */
export function overrideBucketKey(key: string): string {
  return key.replace('/', '.')
}
