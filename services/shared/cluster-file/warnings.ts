import type { VirtualService } from '../domain/virtual-service.ts'
import { blackHolesAtZero } from '../domain/virtual-service.ts'
import type { ServiceDraft } from './draft-file.ts'
import type { Path } from './finding.ts'
import type { FindingList, Remark } from './finding-list.ts'
import { given } from './levels.ts'
import type { CheckTemplate } from './read-check.ts'
import type { WrittenSysctls } from './sysctl-settings.ts'
import { warnOfServing } from './warnings-serving.ts'

const SHORT_INTERVAL_MS = 200

/** Warns of what is allowed but bites at night: the kernel's traps and weak checks. */
export function warnOfTraps(
  draft: ServiceDraft,
  service: VirtualService,
  sysctls: WrittenSysctls,
  findings: FindingList,
): void {
  const warn = findings.warn
  warnOfQuiesce(draft, service, sysctls, warn)
  warnOfWeights(draft, service, warn)
  warnOfServing(draft, service, warn)
  const seen = new Set<CheckTemplate>()
  for (const template of draft.servers.flatMap(({ templates }) => templates)) {
    if (seen.has(template)) continue
    seen.add(template)
    warnOfCheck(template, warn)
  }
}

function warnOfQuiesce(
  draft: ServiceDraft,
  service: VirtualService,
  sysctls: WrittenSysctls,
  warn: (remark: Remark) => void,
): void {
  if (service.onFailure !== 'quiesce') return
  const levels = [draft, draft.defaults]
  const where = (key: 'scheduler' | 'persistence' | 'address'): Path =>
    given(levels, 'onFailure')?.path ??
    (key === 'address' ? [...draft.path, key] : (given(levels, key)?.path ?? draft.path))
  if (blackHolesAtZero(service)) {
    const { scheduler } = service
    const flag = scheduler === 'dh' ? '' : `, or add schedulerFlags: [${scheduler}-fallback]`
    const message =
      `at weight 0 the ${scheduler} scheduler leaves clients of that real server ` +
      `without any, so a failed one is removed instead; say onFailure: remove${flag}`
    warn({ path: where('scheduler'), rule: 'quiesce-under-hash-scheduler', message })
  } else if (service.persistence !== undefined && sysctls.expire_quiescent_template !== 1) {
    const message =
      'persistent clients keep coming to a quiesced real server; say ' +
      'sysctls: { expire_quiescent_template: 1 }, or onFailure: remove'
    warn({ path: where('persistence'), rule: 'quiesce-with-persistence', message })
  } else if (
    service.address.type === 'address' &&
    service.address.protocol === 'udp' &&
    !service.onePacket
  ) {
    const message =
      'udp has no end of a connection, so clients stay with a quiesced real server ' +
      'as long as they send; say onFailure: remove with ' +
      'sysctls: { expire_nodest_conn: 1 }, or onePacket: true'
    warn({ path: where('address'), rule: 'quiesce-with-udp', message })
  }
}

function warnOfWeights(
  draft: ServiceDraft,
  { realServers }: VirtualService,
  warn: (remark: Remark) => void,
): void {
  const path = [...draft.path, 'realServers']
  if (realServers.length > 0 && realServers.every(({ weight }) => weight === 0)) {
    const message = 'every real server has weight 0, so this service takes no connection'
    warn({ path, rule: 'all-weights-zero', message, atKey: true })
  } else if (realServers.length > 1 && realServers.every(({ weight }) => weight === 1)) {
    const message =
      'every real server has weight 1, which leaves no room to lower one; use 100 for each'
    warn({ path, rule: 'weight-one-everywhere', message, atKey: true })
  }
}

function warnOfCheck(template: CheckTemplate, warn: (remark: Remark) => void): void {
  const { merged, options, intervalMs } = template
  const at = (key: string): Path => merged.keys.get(key)?.path ?? merged.path
  if (
    typeof options === 'object' &&
    options !== null &&
    Reflect.get(options, 'insecure') === true
  ) {
    const message = 'any certificate passes; better give ca and sni'
    warn({ path: at('insecure'), rule: 'insecure-tls', message })
  }
  if (intervalMs < SHORT_INTERVAL_MS) {
    const message = `under ${SHORT_INTERVAL_MS}ms a check is load of its own on the real server`
    warn({ path: at('interval'), rule: 'short-interval', message })
  }
}
