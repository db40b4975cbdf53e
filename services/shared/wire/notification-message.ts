import { z } from 'zod'
import {
  type DeadLetter,
  NOTIFICATION_KINDS,
  type Notification,
  type Order,
  SEVERITIES,
} from '../domain/notification.ts'

const severity = z.enum(SEVERITIES)

/** Shape of what one channel is told once. */
export const notificationSchema = z.object({
  cluster: z.string(),
  dedupKey: z.string(),
  threadKey: z.string(),
  incident: z.string().exactOptional(),
  kind: z.enum(NOTIFICATION_KINDS),
  level: z.int(),
  severity,
  subject: z.string(),
  text: z.string(),
  causes: z.array(
    z.object({
      key: z.string(),
      severity,
      message: z.string(),
      service: z.string().exactOptional(),
      server: z.string().exactOptional(),
      zone: z.string().exactOptional(),
      director: z.string().exactOptional(),
      since: z.number(),
      endedAt: z.number().exactOptional(),
    }),
  ),
  at: z.number(),
  since: z.number(),
  endedAt: z.number().exactOptional(),
  nextInMs: z.number().exactOptional(),
  ack: z.object({ by: z.string(), reason: z.string(), at: z.number() }).exactOptional(),
  links: z.array(z.object({ label: z.string(), href: z.string() })),
  mon: z.object({
    group: z.string(),
    service: z.string(),
    hosts: z.array(z.string()),
    firstFailureAt: z.number().exactOptional(),
    lastFailureAt: z.number().exactOptional(),
    lastSuccessAt: z.number().exactOptional(),
  }),
}) satisfies z.ZodType<Notification>

/** Shape of a notification for one channel. */
export const orderSchema = z.object({
  channel: z.string(),
  notification: notificationSchema,
}) satisfies z.ZodType<Order>

/** Shape of what could not be told. */
export const deadLetterSchema = z.object({
  channel: z.string(),
  dedupKey: z.string(),
  incident: z.string().exactOptional(),
  subject: z.string(),
  reason: z.string(),
  attempts: z.int(),
  at: z.number(),
  isUncertain: z.boolean(),
}) satisfies z.ZodType<DeadLetter>
