import type { Amount } from '../../services/shared/domain/amount.ts'
import { parseDuration } from '../../services/shared/domain/duration.ts'
import type { GuardPolicy } from '../../services/shared/domain/guards.ts'
import type { VirtualService } from '../../services/shared/domain/virtual-service.ts'
import { last, type Options } from './scenario-config.ts'

/**
 * `[minHealthy=] [maxEjected=] [breaker=SHARE,WITHIN[,HOLD]] [need=WEIGHT[,HYSTERESIS]]
 * [backupsBelow=WEIGHT] [hooks=yes]`.
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
    ...(below !== undefined && { pool }),
    ...(last(options, 'hooks') === 'yes' && {
      hooks: { onQuorumUp: ['quorum', 'up'], onQuorumDown: ['quorum', 'down'] },
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
