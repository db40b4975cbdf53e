import { z } from 'zod'
import type { DirectorReport } from '../domain/director-report.ts'
import type { Change, ChangeFailure } from '../domain/table.ts'
import type { ServiceKey } from '../domain/virtual-service.ts'
import { defineMessage } from './message.ts'
import { countedServiceSchema } from './table-schema.ts'

const serviceKeySchema = z.string().transform((text) => text as ServiceKey)

/** Only shown to people, so only its kind is checked. */
const changeSchema = z
  .looseObject({ type: z.string() })
  .transform((change) => change as unknown as Change)

const failureSchema = z.object({
  change: changeSchema,
  code: z.string(),
  message: z.string(),
}) satisfies z.ZodType<ChangeFailure>

/** What a director's kernel really holds. */
export const directorReportMessage = defineMessage<DirectorReport>(
  'director report',
  1,
  z.object({
    epoch: z.int().min(0),
    generation: z.int().min(0),
    director: z.string(),
    at: z.number(),
    adapter: z.string(),
    ipvs: z.string().exactOptional(),
    services: z.array(countedServiceSchema),
    foreign: z.array(serviceKeySchema),
    drift: z.array(
      z.object({
        service: serviceKeySchema,
        server: z.string().exactOptional(),
        what: z.string(),
        was: z.string(),
        now: z.string(),
        message: z.string(),
      }),
    ),
    failures: z.array(failureSchema),
    problem: z.string().exactOptional(),
  }),
)
