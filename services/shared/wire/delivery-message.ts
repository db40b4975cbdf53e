import { z } from 'zod'
import type { Order } from '../domain/notification.ts'
import { defineMessage } from './message.ts'
import { orderSchema } from './notification-message.ts'

/** How far an order is; times are milliseconds since the epoch. */
export type DeliveryState =
  | { readonly type: 'decided'; readonly dueAt: number }
  | { readonly type: 'sending'; readonly by: string; readonly at: number }
  | { readonly type: 'delivered'; readonly at: number }
  | {
      readonly type: 'dead'
      readonly at: number
      readonly reason: string
      readonly isUncertain: boolean
    }

/** One order with its fate, as kept in the key-value bucket. */
export interface Delivery {
  readonly order: Order
  readonly takenAt: number
  /** Attempts that were begun. */
  readonly attempts: number
  readonly state: DeliveryState
}

/** One order with its fate. */
export const deliveryMessage = defineMessage<Delivery>(
  'delivery',
  1,
  z.object({
    order: orderSchema,
    takenAt: z.number(),
    attempts: z.int().min(0),
    state: z.discriminatedUnion('type', [
      z.object({ type: z.literal('decided'), dueAt: z.number() }),
      z.object({ type: z.literal('sending'), by: z.string(), at: z.number() }),
      z.object({ type: z.literal('delivered'), at: z.number() }),
      z.object({
        type: z.literal('dead'),
        at: z.number(),
        reason: z.string(),
        isUncertain: z.boolean(),
      }),
    ]),
  }),
)
