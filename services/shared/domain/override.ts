import type { Amount } from './amount.ts'
import { formatTarget, type ServerTarget } from './server-target.ts'

/** What every override has: an owner and a reason; it is never inferred from a table. */
interface OverrideBase {
  /** Real server's name in the cluster file. */
  readonly server: string
  /** Only in this virtual service; in all of them when absent. */
  readonly service?: string
  readonly owner: string
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly since: number
  /** When it ends by itself. */
  readonly until?: number
}

/** What becomes of a drain that is not over at its deadline. */
export const DEADLINE_ACTS = ['keep', 'remove', 'cut'] as const
export type DeadlineAct = (typeof DEADLINE_ACTS)[number]

/** An operator wants a real server out of service. */
export interface Outage extends OverrideBase {
  /**
   * `drain`: no new connections, out when the last one ends. `maintenance`: out now, as a failed
   * one is.
   */
  readonly kind: 'drain' | 'maintenance'
  /** Of a drain: when its patience ends, milliseconds since the epoch. */
  readonly deadline?: number
  /**
   * `keep` goes on waiting and alerts, `remove` takes the row out of the table whatever is left,
   * `cut` does that and has the kernel forget the connections.
   */
  readonly atDeadline?: DeadlineAct
  /** Of a drain: keep the row at weight 0 when it is over. */
  readonly hold?: true
}

/** An operator wants another weight than the configured one. */
export interface WeightOverride extends OverrideBase {
  readonly kind: 'weight'
  /** A weight, or a share of the configured one. */
  readonly weight: Amount
}

/** What an operator asked of a real server; separate from health. */
export type Override = Outage | WeightOverride

/**
 * Key of an override: a real server everywhere (`web1`) or in one service (`web/web1`). A weight
 * has a key of its own beside that of an outage (`web/web1=weight`).
 */
export function overrideKey(override: ServerTarget & { readonly kind?: Override['kind'] }): string {
  const target = formatTarget(override)
  return override.kind === 'weight' ? `${target}=weight` : target
}

/** The weight that an operator wants instead of the configured one, 0 to 65535. */
export function wantedWeight(wanted: Amount, configured: number): number {
  if ('count' in wanted) return wanted.count
  return configured === 0 ? 0 : Math.min(65_535, Math.max(1, Math.round(configured * wanted.share)))
}
