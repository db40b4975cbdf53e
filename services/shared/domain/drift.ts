import type { ServiceKey } from './virtual-service.ts'

/** One thing that somebody else changed in a service of ours, or in the kernel's settings. */
export interface Drift {
  /** Absent for a setting of the kernel. */
  readonly service?: ServiceKey
  /** `address:port` of the row; absent for a change of the service itself. */
  readonly server?: string
  /** The field that differs: `weight`, `missing`, `unexpected`, `scheduler`, … */
  readonly what: string
  /** What we had put there. */
  readonly was: string
  /** What was found. */
  readonly now: string
  /** The whole story in words, attribution included. */
  readonly message: string
}
