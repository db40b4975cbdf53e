import type { Scheduler } from '../domain/virtual-service.ts'
import {
  type DynamicWeightPolicy,
  type SlowStartPolicy,
  sharesByWeight,
} from '../domain/weight-policy.ts'
import type { ServiceDraft } from './draft-file.ts'
import type { WrittenSettings } from './file-schema.ts'
import type { Remark } from './finding-list.ts'
import { type Given, given } from './levels.ts'
import type { Rule } from './rules.ts'

const SLOW_START: SlowStartPolicy = { overMs: 60_000, steps: 5, from: 0.1 }

/** How the weights of a service move by themselves. */
export interface MovingWeights {
  readonly slowStart?: SlowStartPolicy
  readonly dynamicWeight?: DynamicWeightPolicy
}

/** What has sense under the scheduler; the rest is an error where the service itself says it. */
export function resolveWeights(
  draft: ServiceDraft,
  scheduler: Scheduler,
  error: (remark: Remark) => void,
): MovingWeights {
  const levels = [draft, draft.defaults]
  const slow = given(levels, 'slowStart')
  const dynamic = given(levels, 'dynamicWeight')
  const slowStart = slow === undefined ? undefined : readSlowStart(slow.value)
  const dynamicWeight = dynamic === undefined ? undefined : readDynamic(dynamic, error)
  if (!sharesByWeight(scheduler)) {
    if (slow !== undefined && slowStart !== undefined) {
      refuse(slow, 'slow-start-without-use', scheduler, error)
    }
    if (dynamic !== undefined && dynamicWeight !== undefined) {
      refuse(dynamic, 'dynamic-weight-without-use', scheduler, error)
    }
    return {}
  }
  return { ...(slowStart && { slowStart }), ...(dynamicWeight && { dynamicWeight }) }
}

function refuse(
  { path }: Given<unknown>,
  rule: Rule,
  scheduler: Scheduler,
  error: (remark: Remark) => void,
): void {
  if (path[0] === 'defaults') return
  const why =
    scheduler === 'sh' || scheduler === 'mh'
      ? 'moves clients of other real servers when a weight changes'
      : 'does not share clients out by weight'
  const message = `${scheduler} ${why}; take it away, or use wrr, wlc, sed or nq`
  error({ path, rule, message, atKey: true })
}

function readSlowStart(
  written: NonNullable<WrittenSettings['slowStart']>,
): SlowStartPolicy | undefined {
  if (written === 'none') return undefined
  if (typeof written === 'number') return { ...SLOW_START, overMs: written }
  const { over = SLOW_START.overMs, steps = SLOW_START.steps, from = SLOW_START.from } = written
  return { overMs: over, steps, from }
}

function readDynamic(
  { value, path }: Given<NonNullable<WrittenSettings['dynamicWeight']>>,
  error: (remark: Remark) => void,
): DynamicWeightPolicy | undefined {
  if (value === 'none') return undefined
  const { interval = 10_000, lowest = 0.2, highest = 1.5, step = 0.1, sensitivity = 0.05 } = value
  const { proportions = {} } = value
  const given = Object.keys(proportions).length > 0
  const written = {
    active: proportions.active ?? 0,
    new: proportions.new ?? (given ? 0 : 0.5),
    response: proportions.response ?? (given ? 0 : 0.5),
    agent: proportions.agent ?? 0,
  }
  const sum = written.active + written.new + written.response + written.agent
  if (sum === 0) {
    const message = 'wanted at least one that is more than 0%'
    error({ path: [...path, 'proportions'], rule: 'no-proportions', message })
    return undefined
  }
  if (highest < 1 || lowest === 0) {
    const key = lowest === 0 ? 'lowest' : 'highest'
    const message =
      key === 'lowest'
        ? 'wanted more than 0%: a load takes nobody out of the table'
        : `wanted at least 100%, the configured weight, got ${highest * 100}%`
    error({ path: [...path, key], rule: 'dynamic-bounds', message })
    return undefined
  }
  return {
    intervalMs: interval,
    proportions: {
      active: written.active / sum,
      new: written.new / sum,
      response: written.response / sum,
      agent: written.agent / sum,
    },
    lowest,
    highest,
    step,
    sensitivity,
  }
}
