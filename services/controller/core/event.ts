import type { Alert } from '../../shared/domain/alert.ts'
import type { Amount } from '../../shared/domain/amount.ts'
import type { TableVersion } from '../../shared/domain/desired-table.ts'
import type { DirectorReport } from '../../shared/domain/director-report.ts'
import type { HookName } from '../../shared/domain/hooks.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { DeadlineAct, Override } from '../../shared/domain/override.ts'
import type { ProberReport } from '../../shared/domain/prober.ts'
import type { ServerTarget } from '../../shared/domain/server-target.ts'
import type { Cluster } from '../../shared/domain/virtual-service.ts'

interface OrderBase {
  readonly targets: readonly ServerTarget[]
  readonly owner: string
  readonly reason: string
  /** Ends by itself after this long. */
  readonly forMs?: number
}

/** What an operator asked for, targets already checked. */
export type OperatorRequest =
  | (OrderBase & { readonly verb: 'maintenance' | 'enable' })
  | (OrderBase & {
      readonly verb: 'drain'
      /** How long it may take, and what becomes of it then. */
      readonly deadlineMs?: number
      readonly atDeadline?: DeadlineAct
      /** Keep the row at weight 0 when it is over. */
      readonly hold?: true
    })
  | (OrderBase & { readonly verb: 'weight'; readonly weight: Amount | 'configured' })

/** Who leads, as it says itself. */
export interface Leading extends TableVersion {
  readonly controller: string
}

/** A controller, as it says itself; `leaving` is said by one that stops. */
export interface Presence {
  readonly controller: string
  readonly role: 'leader' | 'standby' | 'leaving'
  readonly isWarm: boolean
  readonly startedAt: number
}

/** Everything that can happen to a controller. `at` is milliseconds since the epoch. */
export type Event =
  | {
      readonly type: 'overrides-loaded'
      readonly at: number
      readonly overrides: readonly Override[]
      /** What happened, when the stored overrides could not all be read. */
      readonly damage?: string
    }
  /** An override in the store is another than before, or gone, and it was not we who wrote it. */
  | {
      readonly type: 'override-stored'
      readonly at: number
      readonly key: string
      readonly override?: Override
    }
  /** We lead from now on; `alerts` are those that are raised already. */
  | {
      readonly type: 'led'
      readonly at: number
      readonly epoch: number
      readonly alerts: readonly Alert[]
    }
  /** We lead no more. */
  | { readonly type: 'deposed'; readonly at: number }
  | { readonly type: 'leader-heard'; readonly at: number; readonly leading: Leading }
  | { readonly type: 'controller-heard'; readonly at: number; readonly presence: Presence }
  | { readonly type: 'config-changed'; readonly at: number; readonly cluster: Cluster }
  | {
      readonly type: 'observed'
      readonly at: number
      /** Who looked, and from where. */
      readonly prober: string
      readonly vantage: string
      readonly observations: readonly Observation[]
    }
  | {
      /** All probers that are known, each second. */
      readonly type: 'probers-heard'
      readonly at: number
      readonly probers: readonly ProberReport[]
    }
  | { readonly type: 'ticked'; readonly at: number }
  | { readonly type: 'operator-asked'; readonly at: number; readonly request: OperatorRequest }
  | {
      readonly type: 'breaker-released'
      readonly at: number
      readonly service: string
      readonly owner: string
      readonly reason: string
    }
  /** Whom open maintenance windows leave in, because the rest could not carry it. */
  | {
      readonly type: 'windows-held'
      readonly at: number
      readonly held: readonly {
        readonly window: string
        readonly target: string
        readonly why: string
      }[]
    }
  | {
      readonly type: 'hook-ran'
      readonly at: number
      readonly director: string
      readonly hook: HookName
      readonly service: string
      readonly server?: string
      readonly ok: boolean
      readonly detail: string
    }
  | { readonly type: 'director-reported'; readonly at: number; readonly report: DirectorReport }
