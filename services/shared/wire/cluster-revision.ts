import { z } from 'zod'
import type { ProbeId } from '../domain/check-spec.ts'
import { type Cluster, SCHEDULER_FLAGS, SCHEDULERS } from '../domain/virtual-service.ts'
import { alertingSchema } from './alerting-schema.ts'
import { defineMessage } from './message.ts'
import { serverHooksSchema, servingShape } from './serving-schema.ts'
import { sysctlsSchema } from './sysctl-schema.ts'
import {
  forwardingSchema,
  persistenceSchema,
  serviceAddressSchema,
  tunnelSchema,
} from './table-schema.ts'
import { windowSchema } from './window-message.ts'

/** About a revision of the cluster file, without its text. */
export interface RevisionSummary {
  /** 1 is the first ever; each accepted change of the text is one more. */
  readonly revision: number
  /** Where the text was read, as whoever put it there calls it. */
  readonly file: string
  readonly by: string
  /** Why, in the words of who put it there; may be empty. */
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Length of the text in bytes. */
  readonly bytes: number
  /** The earlier revision that this one brought back. */
  readonly restores?: number
}

/** A revision as it is kept when a later one is in force. */
export interface ArchivedRevision extends RevisionSummary {
  readonly text: string
}

/** The cluster file in force: what was written, what it means, who put it there. */
export interface ClusterRevision extends ArchivedRevision {
  readonly cluster: Cluster
  /** Those that are kept, oldest first; the last is this one. */
  readonly history: readonly RevisionSummary[]
}

/** Key of the revision in force; the others are under `revision.<n>`. */
export const CURRENT_KEY = 'current'

const family = z.union([z.literal(4), z.literal(6)])
const milliseconds = z.number().min(0)

const checkSchema = z.object({
  label: z.string(),
  probe: z.string().transform((text) => text as ProbeId),
  kind: z.string(),
  target: z.object({
    address: z.string(),
    family,
    port: z.int(),
    source: z.string().exactOptional(),
    virtual: z.object({ address: z.string(), port: z.int() }).exactOptional(),
  }),
  options: z.unknown(),
  intervalMs: milliseconds,
  fastIntervalMs: milliseconds,
  timeoutMs: milliseconds,
  jitter: z.number().min(0).max(0.5),
  rise: z.int().min(1),
  fall: z.int().min(1),
  tripwire: z.boolean(),
  slow: z.object({ afterMs: milliseconds, factor: z.number().min(0).max(1) }).exactOptional(),
  connectsBetween: z.int().min(1).exactOptional(),
  optional: z.literal(true).exactOptional(),
})

const labelsSchema = z.record(z.string(), z.string())

const realServerSchema = z.object({
  name: z.string(),
  address: z.string(),
  family,
  port: z.int(),
  zone: z.string().exactOptional(),
  labels: labelsSchema.exactOptional(),
  tier: z.int().min(1).exactOptional(),
  weight: z.int().min(0).max(65_535),
  forwarding: forwardingSchema,
  tunnel: tunnelSchema.exactOptional(),
  upperThreshold: z.int().min(0),
  lowerThreshold: z.int().min(0),
  hooks: serverHooksSchema.exactOptional(),
  checks: z.array(checkSchema),
})

const virtualServiceSchema = z.object({
  name: z.string(),
  address: serviceAddressSchema,
  scheduler: z.enum(SCHEDULERS),
  schedulerFlags: z.array(z.enum(SCHEDULER_FLAGS)),
  onePacket: z.boolean(),
  persistence: persistenceSchema.exactOptional(),
  onFailure: z.enum(['quiesce', 'remove']),
  panicThreshold: z.number().min(0).max(1),
  ...servingShape,
  sorryServer: z
    .object({ address: z.string(), port: z.int(), forwarding: forwardingSchema })
    .exactOptional(),
  directors: z.array(z.string()).exactOptional(),
  probeFrom: z
    .object({
      vantages: z.array(z.string()).exactOptional(),
      quorum: z.int().min(1).exactOptional(),
    })
    .exactOptional(),
  labels: labelsSchema.exactOptional(),
  realServers: z.array(realServerSchema),
})

const vantageSchema = z.object({ name: z.string(), canaries: z.array(checkSchema) })

/** What a cluster file means. */
export const clusterSchema = z.object({
  name: z.string(),
  vantages: z.array(vantageSchema).exactOptional(),
  directors: z.array(z.string()).exactOptional(),
  virtualServices: z.array(virtualServiceSchema),
  sysctls: sysctlsSchema.exactOptional(),
  maintenance: z.array(windowSchema).exactOptional(),
  alerting: alertingSchema.exactOptional(),
}) satisfies z.ZodType<Cluster>

const summary = {
  revision: z.int().min(1),
  file: z.string(),
  by: z.string(),
  reason: z.string(),
  at: z.number(),
  bytes: z.int().min(0),
  restores: z.int().min(1).exactOptional(),
}

/** About a revision, without its text. */
export const revisionSummarySchema = z.object(summary) satisfies z.ZodType<RevisionSummary>

/** An earlier revision with its text. */
export const archivedRevisionSchema = z.object({
  ...summary,
  text: z.string(),
}) satisfies z.ZodType<ArchivedRevision>

/** An earlier revision, as it is kept. */
export const archivedRevisionMessage = defineMessage<ArchivedRevision>(
  'archived revision',
  1,
  archivedRevisionSchema,
)

/** The cluster file in force, as the services follow it in the key-value bucket. */
export const clusterRevisionMessage = defineMessage<ClusterRevision>(
  'cluster revision',
  1,
  z.object({
    ...summary,
    text: z.string(),
    cluster: clusterSchema,
    history: z.array(revisionSummarySchema),
  }),
)
