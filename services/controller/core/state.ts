import type { Alert } from '../../shared/domain/alert.ts'
import type { CheckSpec, ProbeId } from '../../shared/domain/check-spec.ts'
import type { DirectorReport } from '../../shared/domain/director-report.ts'
import type { Guard } from '../../shared/domain/guards.ts'
import type { Health, Verdict } from '../../shared/domain/judge.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { Override } from '../../shared/domain/override.ts'
import type { Sysctls } from '../../shared/domain/sysctl.ts'
import type { TableServer, TableService } from '../../shared/domain/table.ts'
import type { RealServer, VirtualService } from '../../shared/domain/virtual-service.ts'
import type { Degrade } from './degrade.ts'
import type { Breaker } from './guards/breaker.ts'
import type { TemplateTarget } from './templates.ts'

/** One check of one real server in one service. */
export interface CheckState {
  readonly spec: CheckSpec
  readonly server: ServerState
  health: Health
  /** An observation has agreed with the verdict; until then it is only presumed from the table. */
  confirmed: boolean
  last?: Observation
  degrade: Degrade
  /** Code of the last pass, where it was degraded but left all of the weight. */
  warning: string | undefined
  /** When the last conclusive observation came in, or when the check was added. */
  heardAt: number
}

/** Why a real server has its effective weight; the root of `lvsctl why`. */
export type Because =
  | { readonly type: 'healthy' }
  /** Up, but a check leaves only a share of the weight. */
  | { readonly type: 'degraded'; readonly factor: number; readonly check: string }
  | { readonly type: 'failed' }
  /** Not known yet: held as the table has it. */
  | { readonly type: 'held' }
  /** Not known yet and not in the table: enters with its first pass. */
  | { readonly type: 'unproven' }
  | {
      readonly type: 'override'
      readonly override: Override
      readonly phase: 'draining' | 'drained' | 'maintenance'
    }
  /** Fails, but a guard keeps it in. */
  | { readonly type: 'guard'; readonly guard: Guard; readonly detail: string }

/** A real server's place in the table. */
export interface Placement {
  /** Effective weight; `null` is not in the table. */
  readonly weight: number | null
  readonly because: Because
}

/** One real server in one service. */
export interface ServerState {
  readonly config: RealServer
  readonly service: ServiceState
  checks: CheckState[]
  /** All checks together. */
  verdict: Verdict
  /** When the verdict last changed. */
  since: number
  /** Weight to keep while the verdict is unknown; `undefined` when there is nothing to keep. */
  held: number | null | undefined
  /** The drain has seen the last connection end. */
  drained: boolean
  placement: Placement
  /** Its row as built last; `null` is no row, `undefined` when the placement has changed since. */
  row: TableServer | null | undefined
  /** Generation that wrote the placement, and when. */
  placedBy: number
  placedAt: number
}

/** One virtual service. */
export interface ServiceState {
  readonly config: VirtualService
  servers: ServerState[]
  /** Guards that keep failed servers in, each with its reason. */
  guards: ReadonlyMap<Guard, string>
  breaker: Breaker
  /** The sorry server is in the table. */
  sorry: boolean
  /** Its part of the desired table, built last; `undefined` when a placement has changed since. */
  table: TableService | undefined
}

/** Everything a controller knows. */
export interface ControllerState {
  clusterName: string
  /** Settings that the directors' kernels shall have. */
  sysctls: Sysctls
  services: Map<string, ServiceState>
  /** Which checks a probe's observations go to. */
  readers: Map<ProbeId, CheckState[]>
  /** What each probe is to its check template. */
  targets: Map<ProbeId, TemplateTarget>
  overrides: Map<string, Override>
  /** Nothing is decided before it is known what operators want. */
  overridesLoaded: boolean
  /** Set when stored overrides were lost: what is out of the table stays out. */
  overridesDamage: string | undefined
  /** Names of services to decide anew at the end of this step. */
  dirty: Set<string>
  directors: Map<string, DirectorReport>
  /** When each director was heard, by our own clock. */
  directorsHeardAt: Map<string, number>
  generation: number
  alerts: Map<string, Alert>
}

/** A controller that knows nothing yet. */
export function emptyState(): ControllerState {
  return {
    clusterName: '',
    sysctls: {},
    services: new Map(),
    readers: new Map(),
    targets: new Map(),
    overrides: new Map(),
    overridesLoaded: false,
    overridesDamage: undefined,
    dirty: new Set(),
    directors: new Map(),
    directorsHeardAt: new Map(),
    generation: 0,
    alerts: new Map(),
  }
}

/** `web/web1`: how people name a real server in a service. */
export function serverName(server: ServerState): string {
  return `${server.service.config.name}/${server.config.name}`
}
