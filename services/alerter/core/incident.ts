import type { Cause, CauseMatch } from '../../shared/domain/cause.ts'
import type { Order, Severity } from '../../shared/domain/notification.ts'

/** A cause of an incident, from when it came until it went. */
export interface KeptCause extends Cause {
  /** It is gone since then; absent while it stands. */
  readonly endedAt?: number
  /** When it came and went lately, the latest last: for flapping and for counts. */
  readonly changes: readonly number[]
  readonly isFlapping: boolean
  /** Key of another cause that explains it. */
  readonly explainedBy?: string
  /** Silence that covers it. */
  readonly silencedBy?: string
}

/** Somebody has taken an incident on. */
export interface Ack {
  readonly by: string
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly until?: number
  /** What was wrong then, and how bad: anything worse ends it. */
  readonly facts: Readonly<Record<string, Severity>>
}

/** How far a route has come with an incident. */
export interface RouteProgress {
  /** Highest level that has been told; 0 is nobody. */
  readonly level: number
  /** When its clock for the next level began. */
  readonly sinceMs: number
  /** When anybody was told last. */
  readonly toldAt: number
}

/** One message of an incident. */
export interface Told {
  readonly at: number
  readonly channel: string
  readonly kind: string
  readonly level: number
  readonly dedupKey: string
  readonly state: 'decided' | 'delivered' | 'given-up' | 'uncertain'
}

/** Everything about causes that belong together. */
export interface Incident {
  readonly id: number
  /** When it began, as the alerter saw it. */
  readonly openedAt: number
  /** All is well since then. */
  readonly wellSince?: number
  /** It is over; people may still have to be told. */
  readonly closedAt?: number
  readonly causes: Readonly<Record<string, KeptCause>>
  readonly routes: Readonly<Record<string, RouteProgress>>
  /** What each channel knows: cause to what was said of it. */
  readonly known: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly ack?: Ack
  /** Why the last acknowledgement ended, until that is told. */
  readonly lapsed?: string
  /** Number of its last message. */
  readonly serial: number
  /** Decided, and not yet known to be with the deliveries. */
  readonly pending: readonly Order[]
  readonly told: readonly Told[]
}

/** Nobody is called about what this matches, until it is over. */
export interface Silence {
  readonly id: string
  readonly match: CauseMatch
  /** Only of this incident. */
  readonly incident?: number
  readonly owner: string
  readonly reason: string
  readonly from: number
  readonly until: number
}

/** What outlives every incident. */
export interface AlertMemory {
  readonly nextId: number
  readonly nextSilence: number
  /** When an alerter was last at work, to the minute. */
  readonly activeAt: number
  /** Start-up messages that are not yet with the deliveries. */
  readonly pending: readonly Order[]
}

/** True while somebody may have to be told of it. */
export function isOpen({ closedAt }: Incident): boolean {
  return closedAt === undefined
}

/** Causes that stand; one that flaps stands although it may be gone at this moment. */
export function standingCauses({ causes }: Incident): readonly KeptCause[] {
  return Object.values(causes).filter(isStanding)
}

/** It is wrong now, or flaps. */
export function isStanding({ endedAt, isFlapping }: KeptCause): boolean {
  return endedAt === undefined || isFlapping
}
