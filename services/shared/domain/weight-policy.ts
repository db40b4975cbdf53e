import type { Scheduler } from './virtual-service.ts'

/** How a real server that comes back gets its weight, step by step. */
export interface SlowStartPolicy {
  /** From the first step to all of the weight. */
  readonly overMs: number
  readonly steps: number
  /** Share (0 to 1) of the weight that the first step has. */
  readonly from: number
}

/**
 * What makes up a real server's load, as shares that sum up to 1: IBM Network Dispatcher's
 * proportions (there: active, new, port, system).
 */
export interface LoadProportions {
  /** Active connections, by the kernels. */
  readonly active: number
  /** New connections a second, by the kernels. */
  readonly new: number
  /** How long its checks take. */
  readonly response: number
  /** What its agent leaves of its weight. */
  readonly agent: number
}

/** Weights that follow the load; shares are of the configured weight. */
export interface DynamicWeightPolicy {
  readonly intervalMs: number
  readonly proportions: LoadProportions
  readonly lowest: number
  readonly highest: number
  /** A weight moves at most this far at a time. */
  readonly step: number
  /** Loads nearer to the average than this move nothing. */
  readonly sensitivity: number
}

/**
 * Schedulers under which a share of a weight is a share of the new clients: `rr` and `lc` know only
 * zero and more than zero, `sh` and `mh` move clients of others, `dh` does not look, and to `fo`
 * and `ovf` a weight is a rank and a limit (Linux net/netfilter/ipvs/ip_vs_*.c).
 */
const PROPORTIONAL: readonly Scheduler[] = ['wrr', 'wlc', 'lblc', 'lblcr', 'sed', 'nq']

/** Whether a weight may follow a load or a ramp under this scheduler. */
export function sharesByWeight(scheduler: Scheduler): boolean {
  return PROPORTIONAL.includes(scheduler)
}
