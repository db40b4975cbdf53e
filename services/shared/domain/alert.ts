/** Something a person should know about; raised once, cleared when it is over. */
export interface Alert {
  /** Stable identity, so that raising twice is raising once: `guard/web`, `silence/web`. */
  readonly key: string
  readonly severity: 'warning' | 'critical'
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly since: number
}
