import type { DynamicWeightPolicy, LoadProportions } from '../../../shared/domain/weight-policy.ts'

/** What was measured of one real server since the last adjustment. */
export interface Measured {
  /** Configured weight: its capacity against the others. */
  readonly capacity: number
  readonly active: number
  readonly new: number
  /** Milliseconds that its checks take; `undefined` when nothing is known. */
  readonly response: number | undefined
  /** Load (0 to 1) that its agent reports. */
  readonly agent: number
}

/** A weight that follows the load, as a share of the configured one. */
export interface DynamicWeight {
  readonly factor: number
  /** Where it went last, -1 or 1; 0 before its first move. */
  readonly direction: number
  /** How much of a move is made (0 to 1): halved when it turns round, growing again afterwards. */
  readonly gain: number
}

/** All of the configured weight. */
export const PLAIN: DynamicWeight = { factor: 1, direction: 0, gain: 1 }

const SLOWEST_GAIN = 1 / 64
/** Going on the same way, and resting, win trust back: quickly and slowly. */
const TRUST_MOVING = 1.25
const TRUST_RESTING = 1.02

/**
 * Aggregate load of each real server, 1 on average: connections against its share of the capacity,
 * response time and agent's load against the mean of all.
 *
 * Zhang Wensong's AGGREGATE_LOAD(Si) = sum of Rj times LOAD_ij, INPUT_i being the new connections
 * of a server against the average (W. Zhang, "Dynamic Feedback Load Balancing Scheduling", LVS
 * project); the proportions are those of IBM Network Dispatcher's manager.
 */
export function aggregateLoads(
  servers: readonly Measured[],
  proportions: LoadProportions,
): readonly number[] {
  const capacity = sum(servers, (one) => one.capacity)
  const share = (one: Measured) => one.capacity / capacity
  const active = sum(servers, (one) => one.active)
  const fresh = sum(servers, (one) => one.new)
  const known = servers.flatMap(({ response }) => (response === undefined ? [] : [response]))
  const slowness = known.length === 0 ? 0 : known.reduce((a, b) => a + b, 0) / known.length
  const agent = servers.length === 0 ? 0 : sum(servers, (one) => one.agent) / servers.length
  return servers.map((one) => {
    const x = {
      active: active === 0 ? 1 : one.active / active / share(one),
      new: fresh === 0 ? 1 : one.new / fresh / share(one),
      response: slowness === 0 || one.response === undefined ? 1 : one.response / slowness,
      agent: 1 + one.agent - agent,
    }
    return (
      proportions.active * x.active +
      proportions.new * x.new +
      proportions.response * x.response +
      proportions.agent * x.agent
    )
  })
}

/**
 * One periodic adjustment. A weight moves by the cube root of how far the load is from the mean,
 * as in Zhang's w + A * cbrt(0.95 - AGGREGATE_LOAD): strongly when far, hardly when near. Damped
 * thrice, so that a steady load leads to steady weights: nothing moves for less than `sensitivity`
 * (Network Dispatcher's), no move is larger than `step` or than the distance itself, and whoever
 * turns round moves half as far. Only proportions matter, so they are kept around 1.
 */
export function adjust(
  servers: readonly { readonly measured: Measured; readonly weight: DynamicWeight }[],
  policy: DynamicWeightPolicy,
): readonly DynamicWeight[] {
  const measured = servers.map((one) => one.measured)
  const loads = aggregateLoads(measured, policy.proportions)
  const capacity = sum(measured, (one) => one.capacity)
  const mean = loads.reduce((a, load, i) => a + load * (measured[i]?.capacity ?? 0), 0) / capacity
  const moved = servers.map(({ weight }, i) => move(weight, mean - (loads[i] ?? mean), policy))
  return nearOne(moved)
}

/** When all have gone the same way, they go back to where there is room; proportions stay. */
function nearOne(weights: readonly DynamicWeight[]): readonly DynamicWeight[] {
  const factors = weights.map(({ factor }) => factor)
  const least = Math.min(...factors)
  const most = Math.max(...factors)
  const by = most < 1 ? most : Math.max(least, 1)
  return by === 1 ? weights : weights.map((one) => ({ ...one, factor: one.factor / by }))
}

function move(
  before: DynamicWeight,
  distance: number,
  { step, sensitivity, ...bounds }: DynamicWeightPolicy,
): DynamicWeight {
  const far = Math.abs(distance)
  if (far <= sensitivity) return { ...before, gain: Math.min(1, before.gain * TRUST_RESTING) }
  const direction = Math.sign(distance)
  const turns = before.direction === -direction
  const gain = turns
    ? Math.max(SLOWEST_GAIN, before.gain / 2)
    : Math.min(1, before.gain * TRUST_MOVING)
  const way = Math.min(step * Math.cbrt(far), step, far) * gain * direction
  return { factor: clamp(before.factor + way, bounds), direction, gain }
}

function clamp(factor: number, { lowest, highest }: { lowest: number; highest: number }): number {
  return Math.min(Math.max(factor, lowest), highest)
}

function sum(servers: readonly Measured[], of: (one: Measured) => number): number {
  return servers.reduce((total, one) => total + of(one), 0)
}
