import { z } from 'zod'
import type { DesiredTable } from '../domain/desired-table.ts'
import { defineMessage } from './message.ts'
import { sysctlsSchema } from './sysctl-schema.ts'
import { tableServiceSchema } from './table-schema.ts'

const version = { epoch: z.int().min(0), generation: z.int().min(0) }

/** A whole table with its version. */
export const desiredTableSchema = z.object({
  ...version,
  services: z.array(tableServiceSchema),
  sysctls: sysctlsSchema.exactOptional(),
})

/** What a director shall hold; from the controller. */
export const desiredTableMessage = defineMessage<DesiredTable>(
  'desired table',
  1,
  desiredTableSchema,
)
