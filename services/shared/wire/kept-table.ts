import { z } from 'zod'
import type { KeptTable } from '../domain/kept-table.ts'
import { defineMessage } from './message.ts'
import { desiredTableSchema } from './table-messages.ts'

/** The table that a director keeps on disk. */
export const keptTableMessage = defineMessage<KeptTable>(
  'kept table',
  1,
  z.object({ boot: z.string(), table: desiredTableSchema }),
)
