import type { AlertingPolicy } from '../../shared/domain/alerting.ts'
import type { Cause } from '../../shared/domain/cause.ts'
import type { Delivered } from '../../shared/domain/delivered.ts'
import type { LogEvent } from '../../shared/domain/log-event.ts'
import type { Order } from '../../shared/domain/notification.ts'
import type { WallTime } from '../../shared/domain/time-period.ts'
import type { AlertMemory, Incident, Silence } from './incident.ts'

/** What is fixed for the life of an alerter. */
export interface AlertCoreConfig {
  readonly cluster: string
  /** What a wall in a time zone shows at an instant. */
  readonly wallTime: (timeZone: string, at: number) => WallTime
}

/** Everything that is known; what is in maps is replaced, never changed. */
export interface AlertState {
  readonly config: AlertCoreConfig
  policy: AlertingPolicy
  memory: AlertMemory
  readonly incidents: Map<number, Incident>
  readonly silences: Map<string, Silence>
  /** When the cluster was seen last, or when it began to look. */
  seenAt: number
  /** What was wrong then; nothing is decided before it has looked once. */
  lastSeen: readonly Cause[] | undefined
  hasBegun: boolean
  /** Incidents that have to be stored before anything else is done. */
  readonly dirty: Set<number>
  /** What was last given out to be stored. */
  savedMemory: AlertMemory | undefined
  readonly savedPending: Map<number, readonly Order[]>
}

/** Everything that can happen to an alerter; times are milliseconds since the epoch. */
export type AlertEvent =
  /** It has begun to work, with what is stored. */
  | {
      readonly type: 'began'
      readonly at: number
      readonly incidents: readonly Incident[]
      readonly silences: readonly Silence[]
      readonly memory?: AlertMemory
    }
  | { readonly type: 'configured'; readonly at: number; readonly policy: AlertingPolicy }
  /** All that is wrong at this moment. */
  | { readonly type: 'seen'; readonly at: number; readonly causes: readonly Cause[] }
  | { readonly type: 'ticked'; readonly at: number }
  | {
      readonly type: 'acked'
      readonly at: number
      readonly incident: number
      readonly by: string
      readonly reason: string
      readonly forMs?: number
    }
  /** It gets its name here. */
  | { readonly type: 'silenced'; readonly at: number; readonly silence: Omit<Silence, 'id'> }
  | {
      readonly type: 'unsilenced'
      readonly at: number
      readonly id: string
      readonly by: string
      readonly reason: string
    }
  /** The deliveries have these. */
  | { readonly type: 'taken'; readonly at: number; readonly orders: readonly Order[] }
  | { readonly type: 'ended'; readonly at: number; readonly delivered: Delivered }

/** What is to be done, in this order: what is stored comes before what is told. */
export type AlertCommand =
  | { readonly type: 'save-incident'; readonly incident: Incident }
  | { readonly type: 'forget-incident'; readonly id: number }
  | { readonly type: 'save-silence'; readonly silence: Silence }
  | { readonly type: 'forget-silence'; readonly id: string }
  | { readonly type: 'save-memory'; readonly memory: AlertMemory }
  | { readonly type: 'record-event'; readonly event: LogEvent }
  | { readonly type: 'order'; readonly orders: readonly Order[] }

/** Puts a changed incident in the place of the one before. */
export function keep(state: AlertState, incident: Incident): void {
  state.incidents.set(incident.id, incident)
  state.dirty.add(incident.id)
}
