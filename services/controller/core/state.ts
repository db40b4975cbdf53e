import type { Alert } from '../../shared/domain/alert.ts'
import type { CheckSpec, ProbeId } from '../../shared/domain/check-spec.ts'
import type { DirectorReport } from '../../shared/domain/director-report.ts'
import type { Guard } from '../../shared/domain/guards.ts'
import type { Health, Verdict } from '../../shared/domain/judge.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { Outage, Override, WeightOverride } from '../../shared/domain/override.ts'
import type { ProberReport } from '../../shared/domain/prober.ts'
import type { Sysctls } from '../../shared/domain/sysctl.ts'
import type { TableServer, TableService } from '../../shared/domain/table.ts'
import type { RealServer, VirtualService } from '../../shared/domain/virtual-service.ts'
import type { Degrade } from './degrade.ts'
import type { Decay } from './drain/decay.ts'
import type { Breaker } from './guards/breaker.ts'
import type { Disparity, Leader, Peer } from './peers-state.ts'
import type { Quorum } from './pools/quorum.ts'
import type { Shadow } from './shadow.ts'
import type { TemplateTarget } from './templates.ts'
import type { DynamicWeight } from './weights/dynamic-feedback.ts'
import type { Load } from './weights/load.ts'
import type { Ramp } from './weights/slow-start.ts'

/** A process that runs checks. */
export interface ProberState {
  readonly name: string
  readonly vantage: VantageState
  /** What its heartbeats say; absent for one of which only observations have come. */
  report?: ProberReport
  /** The last conclusive outcome of each of its canaries, by probe. */
  readonly canaries: Map<ProbeId, Observation>
  /** When one of its canaries passed last, by its own clock as corrected. */
  canaryPassedAt: number
  /** Until when its canaries count as heard, by our clock. */
  canariesUntil: number
  /** Since when it sees most of its canaries down, and so does not count. */
  suspectSince: number | undefined
  /** Checks that it sees down, but no canary of its own has passed since. */
  readonly unsure: Set<CheckState>
}

/** A place that probers look from. */
export interface VantageState {
  readonly name: string
  /** When it was first heard of. */
  since: number
  /** The cluster file names it, so somebody should look from there. */
  named: boolean
  /** Nobody who looks from there is alive. */
  lost: boolean
  /** How many checks it has said something conclusive of, and how many of them failed last. */
  heard: number
  failing: number
  /** Since when it sees most of everything down that others see up. */
  aloneSince: number | undefined
  /** It has been alone for so long that it does not count. */
  isAlone: boolean
}

/** What one vantage sees of one check. */
export interface View {
  readonly vantage: VantageState
  /** Who looked last. */
  prober: ProberState | undefined
  health: Health
  /** An observation has agreed with the verdict; until then it is only presumed. */
  confirmed: boolean
  last: Observation | undefined
  /** The last conclusive outcome; `undefined` before the first. */
  passed: boolean | undefined
  /** When the first failure of the present row was seen. */
  failingSince: number
  degrade: Degrade
  /** Code of the last pass, where it was degraded but left all of the weight. */
  warning: string | undefined
  /** When the last conclusive observation came in, or when the view was made. */
  heardAt: number
}

/** One check of one real server in one service. */
export interface CheckState {
  readonly spec: CheckSpec
  readonly server: ServerState
  /** One for each vantage that looks at it. */
  views: View[]
  /** What the vantages that count have agreed on last. */
  verdict: Verdict
  /** What is taken for granted of a vantage that has yet to speak: from the table, or a reload. */
  presumed: Verdict
  /** Agreed share of the weight, 0 to 1; `undefined` before a pass is known. */
  factor: number | undefined
  /** Code of a pass that was degraded but left all of the weight. */
  warning: string | undefined
  /** When the check was added. */
  since: number
}

/** Why a real server has its effective weight; the root of `lvsctl why`. */
export type Because =
  | { readonly type: 'healthy' }
  /** Up, but a check leaves only a share of the weight. */
  | { readonly type: 'degraded'; readonly factor: number; readonly check: string }
  /** Up, and on its way back to all of its weight. */
  | { readonly type: 'slow-start'; readonly share: number }
  /** Up, with what the load makes of its weight. */
  | { readonly type: 'dynamic'; readonly share: number }
  /** Up, with the weight that an operator wants. */
  | { readonly type: 'weight'; readonly override: WeightOverride }
  | { readonly type: 'failed' }
  /** Not known yet: held as the table has it. */
  | { readonly type: 'held' }
  /** Not known yet and not in the table: enters with its first pass. */
  | { readonly type: 'unproven' }
  | {
      readonly type: 'override'
      readonly override: Outage
      readonly phase: 'draining' | 'drained' | 'maintenance'
    }
  /** A backup that is not needed. */
  | { readonly type: 'standby' }
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
  /** On its way back to all of its weight; `undefined` when it has it, or is out. */
  ramp: Ramp | undefined
  /** What the load makes of its weight. */
  dynamic: DynamicWeight
  load: Load
  /** Another weight than the configured one, by an operator. */
  wish: WeightOverride | undefined
  /** How its connections have gone since a drain began. */
  decay: Decay | undefined
  /** Connections that were left when the drain was ended at its deadline, where that was so. */
  cutShort: { readonly left: number | undefined } | undefined
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
  sorryWeight: number
  /** The highest tier of backups that serves; 0 for none. */
  tier: number
  quorum: Quorum
  live: number
  /** When the load was last looked at. */
  adjustedAt: number
  /** Its part of the desired table, built last; `undefined` when a placement has changed since. */
  table: TableService | undefined
}

/** Everything a controller knows. */
export interface ControllerState {
  /** When the last event was. */
  clockAt: number | undefined
  /** One that follows decides all the same, so that it is warm; nothing of it is carried out. */
  role: 'following' | 'leading'
  /** Of the lease: the own one while leading, the leader's while following. */
  epoch: number
  /** The last leader that was heard; none while leading. */
  leader: Leader | undefined
  /** Every controller that was heard, by name. */
  peers: Map<string, Peer>
  /** A cluster file is known. */
  isConfigured: boolean
  clusterName: string
  /** Settings that the directors' kernels shall have. */
  sysctls: Sysctls
  services: Map<string, ServiceState>
  /** Which checks a probe's observations go to. */
  readers: Map<ProbeId, CheckState[]>
  moving: Set<string>
  /** What each probe is to its check template. */
  targets: Map<ProbeId, TemplateTarget>
  /** Probes of canaries; only those of a prober's own vantage come from it. */
  canaries: Map<ProbeId, CheckSpec>
  readonly vantages: Map<string, VantageState>
  readonly probers: Map<string, ProberState>
  overrides: Map<string, Override>
  /** Nothing is decided before it is known what operators want. */
  overridesLoaded: boolean
  /** Set when stored overrides were lost: what is out of the table stays out. */
  overridesDamage: string | undefined
  /** Names of services to decide anew at the end of this step. */
  dirty: Set<string>
  /** A table is due at the end of this step even when no weight moves. */
  mustPublish: boolean
  /** How long to wait for directors that no file names, once the first has reported. */
  readonly gatherMs: number
  /** Directors that the cluster file names; none: whoever reports. */
  namedDirectors: readonly string[] | undefined
  configuredAt: number
  /** When the first director was heard. */
  gatheringSince: number | undefined
  /** What the directors hold has been taken in; nothing is published before. */
  isAdopted: boolean
  /** Directors whose table has been taken in; they are sent tables. */
  adopted: Set<string>
  /** What each director reported last. */
  directors: Map<string, DirectorReport>
  /** When each director was heard, by our own clock. */
  directorsHeardAt: Map<string, number>
  /** Directors that do not hold what they should, while leading. */
  disparities: Map<string, Disparity>
  /** Of directors in shadow, while leading. */
  shadows: Map<string, Shadow>
  /** Alerts about real servers that open maintenance windows leave in. */
  heldWindows: ReadonlySet<string>
  generation: number
  alerts: Map<string, Alert>
  /** Alerts of the former leader that are not confirmed yet, and since when. */
  inherited: Map<string, number>
}

/** A controller that knows nothing yet. */
export function emptyState(gatherMs: number): ControllerState {
  return {
    clockAt: undefined,
    role: 'following',
    epoch: 0,
    leader: undefined,
    peers: new Map(),
    isConfigured: false,
    clusterName: '',
    sysctls: {},
    services: new Map(),
    readers: new Map(),
    moving: new Set(),
    targets: new Map(),
    canaries: new Map(),
    vantages: new Map(),
    probers: new Map(),
    overrides: new Map(),
    overridesLoaded: false,
    overridesDamage: undefined,
    dirty: new Set(),
    mustPublish: false,
    gatherMs,
    namedDirectors: undefined,
    configuredAt: 0,
    gatheringSince: undefined,
    isAdopted: false,
    adopted: new Set(),
    directors: new Map(),
    directorsHeardAt: new Map(),
    disparities: new Map(),
    shadows: new Map(),
    heldWindows: new Set(),
    generation: 0,
    alerts: new Map(),
    inherited: new Map(),
  }
}

/** `web/web1`: how people name a real server in a service. */
export function serverName(server: ServerState): string {
  return `${server.service.config.name}/${server.config.name}`
}
