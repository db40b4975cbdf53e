import type { Amount } from '../../services/shared/domain/amount.ts'
import { parseDuration } from '../../services/shared/domain/duration.ts'
import type { GuardPolicy } from '../../services/shared/domain/guards.ts'
import type { VirtualService } from '../../services/shared/domain/virtual-service.ts'
import { last, type Options } from './scenario-config.ts'

/**
 * `[minHealthy=] [maxEjected=] [breaker=SHARE,WITHIN[,HOLD]] [need=WEIGHT[,HYSTERESIS]]
 * [backupsBelow=WEIGHT] [hooks=yes] [slowStart=OVER,STEPS,FROM]
 * [dynamic=INTERVAL,ACTIVE:NEW:RESPONSE:AGENT]`.
 */
export function readServing(options: Options): Partial<VirtualService> {
  const [quorum, hysteresis = '0'] = last(options, 'need')?.split(',') ?? []
  const below = last(options, 'backupsBelow') ?? quorum
  const pool = {
    quorum: Number(quorum ?? 1),
    hysteresis: Number(hysteresis),
    backupsBelow: Number(below ?? 1),
  }
  return {
    guards: readGuards(options),
    ...readWeights(options),
    ...(below !== undefined && { pool }),
    ...(last(options, 'hooks') === 'yes' && {
      hooks: { onQuorumUp: ['quorum', 'up'], onQuorumDown: ['quorum', 'down'] },
    }),
  }
}

function readWeights(options: Options): Partial<VirtualService> {
  const [over, steps = '5', from = '10%'] = last(options, 'slowStart')?.split(',') ?? []
  const [interval, ratio = '0:1:1:0'] = last(options, 'dynamic')?.split(',') ?? []
  const parts = ratio.split(':').map(Number)
  const sum = parts.reduce((a, b) => a + b, 0)
  const [active = 0, fresh = 0, response = 0, agent = 0] = parts.map((part) => part / sum)
  return {
    ...(over !== undefined && {
      slowStart: {
        overMs: parseDuration(over) ?? 0,
        steps: Number(steps),
        from: Number.parseFloat(from) / 100,
      },
    }),
    ...(interval !== undefined && {
      dynamicWeight: {
        intervalMs: parseDuration(interval) ?? 0,
        proportions: { active, new: fresh, response, agent },
        lowest: 0.2,
        highest: 1.5,
        step: 0.1,
        sensitivity: 0.05,
      },
    }),
  }
}

function readGuards(options: Options): GuardPolicy {
  const minHealthy = readAmount(last(options, 'minHealthy'))
  const maxEjected = readAmount(last(options, 'maxEjected'))
  const [share, within = '30s', hold] = last(options, 'breaker')?.split(',') ?? []
  const holdMs = parseDuration(hold ?? '')
  return {
    ...(minHealthy && { minHealthy }),
    ...(maxEjected && { maxEjected }),
    ...(share !== undefined && {
      breaker: {
        share: Number.parseFloat(share) / 100,
        withinMs: parseDuration(within) ?? 0,
        ...(holdMs !== undefined && { holdMs }),
      },
    }),
  }
}

function readAmount(text: string | undefined): Amount | undefined {
  if (text === undefined) return undefined
  return text.endsWith('%') ? { share: Number.parseFloat(text) / 100 } : { count: Number(text) }
}
