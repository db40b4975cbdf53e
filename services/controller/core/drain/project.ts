import { atLeast } from '../../../shared/domain/amount.ts'
import { PLAIN_POOL } from '../../../shared/domain/pool.ts'
import type { VirtualService } from '../../../shared/domain/virtual-service.ts'
import { type Candidate, carries, isEnabled, sumOfWeights } from '../candidate.ts'

/** What the kernels count of one real server, over all directors. */
export interface ServerLoad {
  readonly name: string
  readonly candidate: Candidate
  /** It is to leave. */
  readonly leaves: boolean
  readonly active: number
  /** New connections a second. */
  readonly rate: number
  /** Connections above which the kernel sends no new ones; 0 is no limit. */
  readonly upperThreshold: number
}

/** What would become of one of those who stay. */
export interface Projected {
  readonly name: string
  readonly weight: number
  readonly active: { readonly before: number; readonly after: number }
  readonly rate: { readonly before: number; readonly after: number }
}

/** Whether the rest of one service would carry it. */
export interface Projection {
  readonly servers: readonly Projected[]
  /** Share (0 to 1) of the configured weight that is up. */
  readonly share: { readonly before: number; readonly after: number }
  /** Why it should not be done; nothing when it may. */
  readonly objections: readonly string[]
}

type Policy = Pick<VirtualService, 'panicThreshold' | 'guards' | 'pool' | 'sorryServer'>

/**
 * The load of those who leave goes to those who stay and serve, by their weights. Objects when a
 * guard would have too little to stand on, or when a threshold would be passed; to what is so
 * already it objects only when that gets worse.
 */
export function project(service: Policy, servers: readonly ServerLoad[]): Projection {
  const serving = servers.filter(isServing)
  const { servers: projected, share, guards, thresholds } = aftermath(service, servers)
  const anybodyLeaves = serving.some(({ leaves }) => leaves)
  return {
    servers: projected,
    share: { before: shareUp(servers, serving), after: share },
    objections: anybodyLeaves ? [...guards, ...thresholds] : [],
  }
}

/** One service when those who leave have left, whether or not anybody does. */
export interface Aftermath {
  readonly servers: readonly Projected[]
  /** Share (0 to 1) of the configured weight that is up. */
  readonly share: number
  /** Guards that have too little to stand on. */
  readonly guards: readonly string[]
  /** Upper thresholds that the load would pass. */
  readonly thresholds: readonly string[]
}

/** Who takes the load of those who leave, and what guards say to that. */
export function aftermath(service: Policy, servers: readonly ServerLoad[]): Aftermath {
  const serving = servers.filter(isServing)
  const staying = serving.filter(({ leaves }) => !leaves)
  const leaving = serving.filter(({ leaves }) => leaves)
  const weight = staying.reduce((sum, { candidate }) => sum + (candidate.placed ?? 0), 0)
  const add = (of: (one: ServerLoad) => number) => leaving.reduce((sum, one) => sum + of(one), 0)
  const active = add((one) => one.active)
  const rate = add((one) => one.rate)
  const projected = staying.map((one) => {
    const share = weight === 0 ? 0 : (one.candidate.placed ?? 0) / weight
    return {
      name: one.name,
      weight: one.candidate.placed ?? 0,
      active: { before: one.active, after: Math.round(one.active + active * share) },
      rate: { before: one.rate, after: one.rate + rate * share },
    }
  })
  const share = shareUp(servers, staying)
  const guards = guardObjections(service, servers, staying, share)
  return { servers: projected, share, guards, thresholds: full(projected, staying) }
}

function isServing({ candidate }: ServerLoad): boolean {
  return isEnabled(candidate) && carries(candidate) && (candidate.placed ?? 0) > 0
}

/** Backups count when they serve, but are wanted only when they do. */
function shareUp(servers: readonly ServerLoad[], up: readonly ServerLoad[]): number {
  const wanted = sumOfWeights(
    servers.filter(({ candidate }) => candidate.tier === 0).map(({ candidate }) => candidate),
  )
  return wanted === 0 ? 1 : sumOfWeights(up.map(({ candidate }) => candidate)) / wanted
}

function guardObjections(
  { panicThreshold, guards, pool = PLAIN_POOL, sorryServer }: Policy,
  servers: readonly ServerLoad[],
  staying: readonly ServerLoad[],
  share: number,
): readonly string[] {
  const backups = waitingBackups(servers)
  if (staying.length === 0 && backups === 0) {
    const instead = sorryServer === undefined ? '' : ': only the sorry server would answer'
    return [`no real server would be left for new clients${instead}`]
  }
  const found: string[] = []
  const live = sumOfWeights(staying.map(({ candidate }) => candidate)) + backups
  const all = sumOfWeights(
    servers.filter(({ candidate }) => candidate.tier === 0).map(({ candidate }) => candidate),
  )
  const withBackups = all === 0 ? 1 : Math.max(share, live / all)
  if (withBackups < panicThreshold - 1e-9) {
    const percent = (part: number) => `${Math.round(part * 100)} %`
    found.push(
      `${percent(withBackups)} of the weight would be up, ` +
        `the panic threshold is ${percent(panicThreshold)}`,
    )
  }
  const heads = servers.filter(({ candidate }) => candidate.tier === 0).length
  const minimum = guards?.minHealthy === undefined ? 0 : atLeast(guards.minHealthy, heads)
  if (staying.length < minimum && backups === 0) {
    found.push(`${staying.length} real servers would be up, the minimum is ${minimum}`)
  }
  if (live < pool.quorum - pool.hysteresis) {
    found.push(`weight ${live} would be up, the quorum is ${pool.quorum}`)
  }
  return found
}

/** Weight of healthy backups that would step in. */
function waitingBackups(servers: readonly ServerLoad[]): number {
  const waiting = servers.filter(
    ({ candidate, leaves }) =>
      !leaves && candidate.tier > 0 && isEnabled(candidate) && candidate.verdict === 'up',
  )
  return sumOfWeights(waiting.filter((one) => !isServing(one)).map(({ candidate }) => candidate))
}

function full(projected: readonly Projected[], staying: readonly ServerLoad[]): readonly string[] {
  return projected.flatMap(({ name, active }, index) => {
    const limit = staying[index]?.upperThreshold ?? 0
    if (limit === 0 || active.after <= limit || active.after === active.before) return []
    return [
      `${name} would have ${active.after} active connections, its upper threshold is ${limit}`,
    ]
  })
}
