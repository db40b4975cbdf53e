import type { Target } from '../../../probes/check.ts'
import { hostPort } from './ip-address.ts'

/** Identity of a probe: the same check of the same address on the same schedule is one probe. */
export type ProbeId = string & { readonly brand: 'ProbeId' }

/**
 * One check of one real server, resolved: what is run, where, how often, and what it takes to
 * change its verdict.
 */
export interface CheckSpec {
  /**
   * Unique within its real server, for people: `http`, `tcp:8443`, or the name given in the file.
   */
  readonly label: string
  readonly probe: ProbeId
  readonly kind: string
  readonly target: Target
  /** Parsed by the check's own schema. */
  readonly options: unknown
  readonly intervalMs: number
  /** Used from a first failure or first recovery until the verdict is settled. */
  readonly fastIntervalMs: number
  readonly timeoutMs: number
  /** Share (0 to 0.5) of the interval by which a run may move, at random. */
  readonly jitter: number
  /** Consecutive passes from down to up. */
  readonly rise: number
  /** Consecutive failures from up to down. */
  readonly fall: number
  /** Hold an idle connection whose unexpected close starts this check at once. */
  readonly tripwire: boolean
  /** A pass that took longer is degraded to this factor. */
  readonly slow?: { readonly afterMs: number; readonly factor: number }
  /** Plain TCP connects between two runs of the check itself, while it passes; none when absent. */
  readonly connectsBetween?: number
  /** As long as nothing conclusive is known of it, it does not keep its server out. */
  readonly optional?: true
}

/** What a check looks at, for people: `10.0.0.11:80`, or the address alone where it has no port. */
export function formatCheckTarget({ target }: Pick<CheckSpec, 'target'>): string {
  return target.port === 0 ? target.address : hostPort(target.address, target.port)
}
