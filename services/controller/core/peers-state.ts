import type { TableVersion } from '../../shared/domain/desired-table.ts'

/** Another controller leads, and says so each second. */
export interface Leader extends TableVersion {
  readonly controller: string
  /** By our own clock. */
  readonly heardAt: number
}

/** A controller of this cluster, this one included, and when it was heard by our own clock. */
export interface Peer {
  readonly role: 'leader' | 'standby'
  readonly isWarm: boolean
  readonly startedAt: number
  readonly heardAt: number
}

/** What a director lacks of the table that it should hold. */
export interface Disparity {
  readonly since: number
  /** In words; the first few. */
  readonly differences: readonly string[]
}
