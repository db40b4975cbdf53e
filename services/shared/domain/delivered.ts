import type { DeadLetter, Order } from './notification.ts'

/** What became of an order in the end. */
export type Delivered =
  | { readonly type: 'delivered'; readonly order: Order; readonly at: number }
  | { readonly type: 'given-up'; readonly order: Order; readonly letter: DeadLetter }
