import { isLoopback } from '../domain/ip-address.ts'
import {
  blackHolesAtZero,
  movesClientsOnWeightChange,
  type VirtualService,
} from '../domain/virtual-service.ts'
import type { ServiceDraft } from './draft-file.ts'
import type { Path } from './finding.ts'
import type { Remark } from './finding-list.ts'
import { given } from './levels.ts'
import type { CheckTemplate } from './read-check.ts'
import type { WrittenSysctls } from './sysctl-settings.ts'

const LONG_PERSISTENCE_S = 3600
/** Ports whose servers speak HTTP; a connect says little about them. */
const HTTP_PORTS: ReadonlySet<number> = new Set([80, 443, 8080, 8443])

type Advise = (remark: Remark) => void

/** What is neither wrong nor a trap by itself, but what people regretted; `lvsctl lint` says it. */
export function adviseOn(
  draft: ServiceDraft,
  service: VirtualService,
  sysctls: WrittenSysctls,
  advise: Advise,
): void {
  adviseOnRemoval(draft, service, sysctls, advise)
  adviseOnPersistence(draft, service, sysctls, advise)
  adviseOnThresholds(draft, service, advise)
  adviseOnReserve(draft, service, advise)
  adviseOnLoopback(draft, service, advise)
  const seen = new Set<CheckTemplate>()
  for (const { templates, path } of draft.servers) {
    if (templates.length === 0) {
      const message = 'nothing checks it, so it stays in the table whatever happens to it'
      advise({ path, rule: 'unchecked-real-server', message, atKey: true })
    }
    for (const template of templates) {
      if (!seen.has(template)) adviseOnCheck(template, service, templates.length, advise)
      seen.add(template)
    }
  }
}

/** Settings of the kernel that are asked for and bite. */
export function adviseOnSysctls(sysctls: WrittenSysctls, advise: Advise): void {
  if (sysctls.conn_reuse_mode === 0) {
    const message =
      'at 0 a client port that is used again keeps its old real server, even one at weight 0, ' +
      'so drains under load may never end; 1 is right for kernels from 5.9 on'
    advise({ path: ['sysctls', 'conn_reuse_mode'], rule: 'drain-without-end', message })
  }
  for (const name of ['drop_entry', 'drop_packet', 'secure_tcp'] as const) {
    if (sysctls[name] !== 3) continue
    const message = '3 is always at work, with memory to spare, too; 1 begins when it is short'
    advise({ path: ['sysctls', name], rule: 'defence-always-on', message })
  }
}

function adviseOnRemoval(
  draft: ServiceDraft,
  service: VirtualService,
  sysctls: WrittenSysctls,
  advise: Advise,
): void {
  if (sysctls.expire_nodest_conn === 1 || service.onePacket) return
  if (service.onFailure !== 'remove' && !blackHolesAtZero(service)) return
  const levels = [draft, draft.defaults]
  const path = given(levels, 'onFailure')?.path ?? given(levels, 'scheduler')?.path ?? draft.path
  const message =
    'clients of a removed real server wait for up to 15 minutes, because the kernel drops their ' +
    'packets in silence, and a real server that comes back gets its old connections again; ' +
    'say sysctls: { expire_nodest_conn: 1 }'
  advise({ path, rule: 'remove-without-expiry', message })
}

function adviseOnPersistence(
  draft: ServiceDraft,
  service: VirtualService,
  sysctls: WrittenSysctls,
  advise: Advise,
): void {
  const { persistence, scheduler } = service
  if (persistence === undefined) return
  const path = given([draft, draft.defaults], 'persistence')?.path ?? draft.path
  if (scheduler === 'dh' || movesClientsOnWeightChange(service)) {
    const message =
      `${scheduler} keeps a client on its real server by itself; persistence beside it only ` +
      'makes drains longer'
    advise({ path, rule: 'persistence-under-hash-scheduler', message })
  }
  // Whoever quiesces failed real servers has a warning of the same already.
  if (sysctls.expire_quiescent_template !== 1 && service.onFailure === 'remove') {
    const message =
      'a drain waits for clients that come back, because persistence brings them to the real ' +
      'server that is drained; say sysctls: { expire_quiescent_template: 1 }'
    advise({ path, rule: 'drain-waits-for-persistence', message })
  }
  if (persistence.timeoutS > LONG_PERSISTENCE_S) {
    const hours = Math.round(persistence.timeoutS / 360) / 10
    const message = `a drain may take ${hours} hours, as long as the last client's persistence`
    advise({ path, rule: 'long-persistence', message })
  }
}

function adviseOnThresholds(draft: ServiceDraft, service: VirtualService, advise: Advise): void {
  if (!blackHolesAtZero(service)) return
  for (const { name, upperThreshold } of service.realServers) {
    if (upperThreshold === 0) continue
    const server = draft.servers.find((one) => one.name === name)
    const message =
      `under ${service.scheduler} without fallback a real server at its threshold turns the ` +
      'clients away that hash to it'
    const path = server?.path ?? draft.path
    advise({ path, rule: 'threshold-under-hash-scheduler', message, atKey: true })
  }
}

/** "Stopping DNAT to loopback address" (kernel ip_vs_xmit.c); clients on the director do pass. */
function adviseOnLoopback(
  draft: ServiceDraft,
  { realServers }: VirtualService,
  advise: Advise,
): void {
  for (const { name, address, forwarding } of realServers) {
    if (forwarding !== 'masquerade' || !isLoopback(address)) continue
    const path = draft.servers.find((one) => one.name === name)?.path ?? draft.path
    const message =
      `the kernel drops what other machines send and it would have to translate to ${address}; ` +
      'give another address of the director'
    advise({ path, rule: 'real-server-on-loopback', message, atKey: true })
  }
}

function adviseOnReserve(draft: ServiceDraft, service: VirtualService, advise: Advise): void {
  const { realServers, sorryServer, panicThreshold } = service
  if (realServers.length === 1 && sorryServer === undefined) {
    const message = 'its only real server has nobody to stand in; give a second or a sorryServer'
    advise({ path: [...draft.path, 'realServers'], rule: 'no-reserve', message, atKey: true })
  }
  if (panicThreshold === 0 && realServers.length > 1) {
    const path = given([draft, draft.defaults], 'panicThreshold')?.path ?? draft.path
    const message = 'a check that is wrong by itself empties the whole service'
    advise({ path, rule: 'no-panic-threshold', message })
  }
}

function adviseOnCheck(
  { check, merged, fall, rise, port }: CheckTemplate,
  service: VirtualService,
  beside: number,
  advise: Advise,
): void {
  const at = (key: string): Path => merged.keys.get(key)?.path ?? merged.path
  if (fall === 1) {
    const message = 'one lost packet takes a real server out; let two or three failures decide'
    advise({ path: at('fall'), rule: 'one-failure-decides', message })
  }
  if (rise === 1 && check.kind !== 'push' && check.kind !== 'agent') {
    const message = 'one good moment brings a sick real server back; let two passes decide'
    advise({ path: at('rise'), rule: 'one-pass-decides', message })
  }
  const { address } = service
  const checked = port ?? (address.type === 'address' ? address.port : undefined)
  if (check.kind === 'tcp' && beside === 1 && checked !== undefined && HTTP_PORTS.has(checked)) {
    const message = 'a server that hangs accepts connections all the same; ask it something by http'
    advise({ path: merged.path, rule: 'connect-says-little', message })
  }
}
