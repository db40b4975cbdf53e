import { z } from 'zod'
import type { TableServer, TableServiceHead } from '../domain/table.ts'
import {
  type Persistence,
  SCHEDULER_FLAGS,
  type ServiceAddress,
  type Tunnel,
} from '../domain/virtual-service.ts'

const port = z.int().min(0).max(65_535)
const family = z.union([z.literal(4), z.literal(6)])
const count = z.number().min(0)
const checksum = z.enum(['none', 'checksum', 'remote'])

/** Forwarding methods by name. */
export const forwardingSchema = z.enum(['masquerade', 'tunnel', 'direct-route'])

/** How clients reach a virtual service. */
export const serviceAddressSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('address'),
    protocol: z.enum(['tcp', 'udp', 'sctp']),
    family,
    address: z.string(),
    port,
  }),
  z.object({ type: z.literal('fwmark'), family, mark: z.int().min(1).max(0xffff_ffff) }),
]) satisfies z.ZodType<ServiceAddress>

/** Encapsulation of tunnelled packets. */
export const tunnelSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ipip') }),
  z.object({ type: z.literal('gue'), port, checksum }),
  z.object({ type: z.literal('gre'), checksum }),
]) satisfies z.ZodType<Tunnel>

/** Persistence of a virtual service. */
export const persistenceSchema = z.object({
  timeoutS: z.int().min(1),
  netmask: z.int().min(0).max(128),
  engine: z.literal('sip').exactOptional(),
}) satisfies z.ZodType<Persistence>

/** The fields of a row. */
export const tableServerSchema = z.object({
  address: z.string(),
  port,
  forwarding: forwardingSchema,
  tunnel: tunnelSchema.exactOptional(),
  weight: port,
  upperThreshold: count,
  lowerThreshold: count,
}) satisfies z.ZodType<TableServer>

const headSchema = z.object({
  address: serviceAddressSchema,
  scheduler: z.string(),
  schedulerFlags: z.array(z.enum(SCHEDULER_FLAGS)),
  onePacket: z.boolean(),
  persistence: persistenceSchema.exactOptional(),
}) satisfies z.ZodType<TableServiceHead>

/** A service with its rows. */
export const tableServiceSchema = headSchema.extend({ servers: z.array(tableServerSchema) })
