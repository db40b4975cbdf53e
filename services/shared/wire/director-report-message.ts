import { z } from 'zod'
import type { DirectorReport } from '../domain/director-report.ts'
import type { Change, ChangeFailure } from '../domain/table.ts'
import type { ServiceKey } from '../domain/virtual-service.ts'
import { decodeCountedTable, encodeCountedTable } from './counted-table-rows.ts'
import { defineMessage, type MessageCodec } from './message.ts'
import { sysctlStateSchema } from './sysctl-schema.ts'

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

/** The same with the table as it travels. */
interface WrittenReport extends Omit<DirectorReport, 'services'> {
  readonly services: unknown
}

const written = defineMessage<WrittenReport>(
  'director report',
  2,
  z.object({
    epoch: z.int().min(0),
    generation: z.int().min(0),
    director: z.string(),
    at: z.number(),
    adapter: z.string(),
    ipvs: z.string().exactOptional(),
    connectionTableSize: z.int().exactOptional(),
    sysctls: z.array(sysctlStateSchema),
    shadow: z.literal(true).exactOptional(),
    seenEpoch: z.int().min(0).exactOptional(),
    unmanagedSince: z.number().exactOptional(),
    refusing: z.string().exactOptional(),
    services: z.unknown(),
    foreign: z.array(serviceKeySchema),
    drift: z.array(
      z.object({
        service: serviceKeySchema.exactOptional(),
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

/**
 * What a director's kernel really holds. Always the whole table: nobody who hears it needs to have
 * heard the ones before.
 */
export const directorReportMessage: MessageCodec<DirectorReport> = {
  encode(report) {
    return written.encode({ ...report, services: encodeCountedTable(report.services) })
  },
  decode(bytes) {
    const report = written.decode(bytes)
    return { ...report, services: decodeCountedTable(report.services) }
  },
}
