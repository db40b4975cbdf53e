import { z } from 'zod'
import type { ProbeId } from '../domain/check-spec.ts'
import { type Cluster, SCHEDULER_FLAGS, SCHEDULERS } from '../domain/virtual-service.ts'
import { defineMessage } from './message.ts'
import {
  forwardingSchema,
  persistenceSchema,
  serviceAddressSchema,
  tunnelSchema,
} from './table-schema.ts'

/** One accepted state of the cluster file: what was written, what it means, who put it there. */
export interface ClusterRevision {
  readonly file: string
  readonly text: string
  readonly cluster: Cluster
  readonly by: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

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

const realServerSchema = z.object({
  name: z.string(),
  address: z.string(),
  family,
  port: z.int(),
  zone: z.string().exactOptional(),
  weight: z.int().min(0).max(65_535),
  forwarding: forwardingSchema,
  tunnel: tunnelSchema.exactOptional(),
  upperThreshold: z.int().min(0),
  lowerThreshold: z.int().min(0),
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
  sorryServer: z
    .object({ address: z.string(), port: z.int(), forwarding: forwardingSchema })
    .exactOptional(),
  realServers: z.array(realServerSchema),
})

/** The cluster file as the services follow it in the key-value bucket. */
export const clusterRevisionMessage = defineMessage<ClusterRevision>(
  'cluster revision',
  1,
  z.object({
    file: z.string(),
    text: z.string(),
    cluster: z.object({ name: z.string(), virtualServices: z.array(virtualServiceSchema) }),
    by: z.string(),
    at: z.number(),
  }),
)
