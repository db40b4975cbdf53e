import { z } from 'zod'
import type { Alert } from '../domain/alert.ts'
import { defineMessage } from './message.ts'

/** One alert that is raised, as kept in the key-value bucket. */
export const alertMessage = defineMessage<Alert>(
  'alert',
  1,
  z.object({
    key: z.string(),
    severity: z.enum(['warning', 'critical']),
    message: z.string(),
    since: z.number(),
  }),
)

/** Its key in the bucket: buckets take no slash everywhere, names hold no dot. */
export function alertBucketKey(key: string): string {
  return key.replaceAll('/', '.')
}
