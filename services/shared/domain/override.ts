/**
 * What an operator asked of a real server; separate from health and never inferred from a table.
 */
export interface Override {
  /**
   * `drain`: no new connections, out when the last one ends. `maintenance`: out now, as a failed
   * one is.
   */
  readonly kind: 'drain' | 'maintenance'
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

/** Key of an override: a real server everywhere (`web1`) or in one service (`web/web1`). */
export function overrideKey(override: Pick<Override, 'server' | 'service'>): string {
  return override.service === undefined ? override.server : `${override.service}/${override.server}`
}
