import type { ServerTarget } from './server-target.ts'

/** When a maintenance window opens: again and again, or once. */
export type WindowStart =
  /** Five fields as in crontab(5), read in an IANA time zone. */
  | { readonly type: 'cron'; readonly expression: string; readonly timeZone: string }
  /** Milliseconds since the epoch. */
  | { readonly type: 'once'; readonly at: number }

/** Real servers that are out of service for a while, announced beforehand. */
export interface MaintenanceWindow {
  /** Unique in the cluster. */
  readonly name: string
  readonly start: WindowStart
  readonly forMs: number
  /** What is done with the real servers when it opens; both end by themselves when it closes. */
  readonly act: 'maintenance' | 'drain'
  readonly targets: readonly ServerTarget[]
  readonly reason: string
  /** Also where a guard says that the rest cannot carry it; it is held back otherwise. */
  readonly force?: true
}

/** Owner of the overrides that a window makes. */
export function windowOwner(name: string): string {
  return `window ${name}`
}

/** Whether an override was made by a window rather than by a person. */
export function isOwnedByWindow(owner: string): boolean {
  return owner.startsWith('window ')
}

/** The longest window there may be: more is a decision, not a window. */
export const MAX_WINDOW_MS = 7 * 86_400_000
