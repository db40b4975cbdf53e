import type { ConnectionCounts } from './table.ts'

/** What a step does to an IPVS table. */
export const PLANNED_ACTS = [
  'add-service',
  'change-service',
  'remove-service',
  'add-server',
  'change-server',
  'remove-server',
] as const
export type PlannedAct = (typeof PLANNED_ACTS)[number]

/** One value in three places; what is in none of them is `none`. */
export interface PlannedField {
  /** `weight`, `scheduler`, … */
  readonly what: string
  /** What the kernel holds. */
  readonly kernel: string
  /** What we want there until now; absent where we have never written it. */
  readonly applied?: string
  /** What the file makes of it with the present health and the operators' word. */
  readonly desired: string
}

/** One step between the live tables and what a cluster file makes of them. */
export interface PlannedChange {
  readonly act: PlannedAct
  /** Name in the file that has it. */
  readonly service: string
  /** `192.0.2.10:80/tcp`, `fwmark:7`. */
  readonly address: string
  /** Name in the file that has it; its place in the table where none has. */
  readonly server?: string
  /** `address:port`. */
  readonly row?: string
  /** Whose tables. */
  readonly directors: readonly string[]
  readonly fields: readonly PlannedField[]
  /** `repair`: somebody else changed the table, and that is put right with or without the file. */
  readonly by: 'file' | 'repair'
  /** Connections of the row, or of the whole service, over these directors. */
  readonly connections: ConnectionCounts
  /** Why it is to be so. */
  readonly why?: string
}

/** Somebody who is not in the table yet. */
export interface PlannedEntry {
  readonly service: string
  readonly server: string
  readonly message: string
}

/** Whether a service would stand on its feet right after the change. */
export interface PlannedVerdict {
  readonly service: string
  /** Share (0 to 1) of the configured weight that is up. */
  readonly share: { readonly before: number; readonly after: number }
  /** Those who stay and take over the load of those who leave; empty when nobody leaves. */
  readonly servers: readonly {
    readonly name: string
    readonly active: { readonly before: number; readonly after: number }
  }[]
  /** Guards that would have too little to stand on; nothing when it may be done. */
  readonly objections: readonly string[]
}

/** What would become of the live tables under another cluster file. */
export interface Foresight {
  readonly changes: readonly PlannedChange[]
  readonly later: readonly PlannedEntry[]
  readonly verdicts: readonly PlannedVerdict[]
  /** What else people should know: silent directors, alerts that would be raised. */
  readonly warnings: readonly string[]
  /** What all this depends on, a line each: equal lines, equal plan. */
  readonly facts: readonly string[]
}
