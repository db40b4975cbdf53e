/** What is known of a prober from its heartbeats. Times are milliseconds. */
export interface ProberReport {
  readonly name: string
  /** The place it looks from. */
  readonly vantage: string
  readonly tags: readonly string[]
  /** False: not heard for three heartbeats. One that said goodbye is not reported at all. */
  readonly alive: boolean
  /** When it was heard last, by the clock of who reports. */
  readonly heardAt: number
  /** Probes that it runs. */
  readonly checks: number
  /** The most that a run was late since the heartbeat before. */
  readonly lagMs: number
  /** To be added to its times to have ours: positive where its clock is behind. */
  readonly skewMs: number
}
