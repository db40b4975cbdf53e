import { z } from 'zod'
import type { Override } from '../domain/override.ts'
import { defineMessage } from './message.ts'

/** One operator's override, as kept in the key-value bucket. */
export const overrideMessage = defineMessage<Override>(
  'override',
  1,
  z.object({
    kind: z.enum(['drain', 'maintenance']),
    server: z.string(),
    service: z.string().exactOptional(),
    owner: z.string(),
    reason: z.string(),
    since: z.number(),
    until: z.number().exactOptional(),
  }),
)

/**
 * Its key in the bucket, from `overrideKey`: buckets take no slash everywhere, names hold no dot.
 */
export function overrideBucketKey(key: string): string {
  return key.replace('/', '.')
}
