import { atLeast } from '../domain/amount.ts'
import { PLAIN_POOL, type PoolPolicy } from '../domain/pool.ts'
import type { RealServer } from '../domain/virtual-service.ts'
import type { ServiceDraft } from './draft-file.ts'
import type { Remark } from './finding-list.ts'
import { given } from './levels.ts'

/** When a service is whole; `undefined` where one real server is enough. Shares are of weights. */
export function resolvePool(
  draft: ServiceDraft,
  realServers: readonly RealServer[],
  error: (remark: Remark) => void,
): PoolPolicy | undefined {
  const levels = [draft, draft.defaults]
  checkTiers(draft, realServers, error)
  const whole = sumOfWeights(realServers.filter(({ tier = 0 }) => tier === 0))
  const read = (key: 'quorum' | 'hysteresis' | 'backupsBelow') => {
    const setting = given(levels, key)
    return setting && { weight: atLeast(setting.value, whole), path: setting.path }
  }
  const quorum = read('quorum')
  const hysteresis = read('hysteresis')
  const below = read('backupsBelow')
  const policy = {
    quorum: quorum?.weight ?? PLAIN_POOL.quorum,
    hysteresis: hysteresis?.weight ?? PLAIN_POOL.hysteresis,
    backupsBelow: below?.weight ?? quorum?.weight ?? PLAIN_POOL.backupsBelow,
  }
  if (realServers.length === 0) return policy
  const all = sumOfWeights(realServers)
  // keepalived corrects both without a word; a quorum that is never there again is an outage.
  if (quorum !== undefined && policy.quorum + policy.hysteresis > all && all > 0) {
    const message = `wanted at most ${all}, all weights together, got ${
      policy.hysteresis === 0
        ? policy.quorum
        : `${policy.quorum} and a hysteresis of ${policy.hysteresis}`
    }`
    error({ path: quorum.path, rule: 'quorum-over-weights', message })
  }
  if (hysteresis !== undefined && policy.hysteresis > 0 && policy.hysteresis >= policy.quorum) {
    const message = `wanted less than the quorum (${policy.quorum}), got ${policy.hysteresis}`
    error({ path: hysteresis.path, rule: 'hysteresis-over-quorum', message })
  }
  const isOwn = below !== undefined && below.path[0] !== 'defaults'
  if (isOwn && realServers.every(({ tier = 0 }) => tier === 0)) {
    const message = 'no real server here is a backup; give some of them tier: 1'
    error({ path: below.path, rule: 'backups-below-without-use', message, atKey: true })
  }
  return quorum === undefined && below === undefined ? undefined : policy
}

function checkTiers(
  draft: ServiceDraft,
  realServers: readonly RealServer[],
  error: (remark: Remark) => void,
): void {
  if (realServers.length === 0 || realServers.some(({ tier = 0 }) => tier === 0)) return
  const message = 'every real server is a backup (tier 1 or higher), so there is nobody to back up'
  error({ path: [...draft.path, 'realServers'], rule: 'only-backups', message, atKey: true })
}

function sumOfWeights(servers: readonly RealServer[]): number {
  return servers.reduce((sum, { weight }) => sum + weight, 0)
}
