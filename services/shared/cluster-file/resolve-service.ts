import type { Family } from '../domain/ip-address.ts'
import { hostPort } from '../domain/ip-address.ts'
import { suggestKey } from '../domain/nearest-key.ts'
import type {
  RealServer,
  Scheduler,
  SchedulerFlag,
  ServiceAddress,
  VirtualService,
} from '../domain/virtual-service.ts'
import type { ServiceDraft } from './draft-file.ts'
import { given } from './levels.ts'
import { resolveServiceDirectors } from './resolve-directors.ts'
import { resolveGuards } from './resolve-guards.ts'
import { resolveServiceHooks } from './resolve-hooks.ts'
import { resolvePersistence } from './resolve-persistence.ts'
import { resolvePool } from './resolve-pool.ts'
import { resolveProbeFrom } from './resolve-probe-from.ts'
import { type ResolveContext, resolveServer } from './resolve-server.ts'
import { resolveSorryServer } from './resolve-sorry-server.ts'
import { resolveWeights } from './resolve-weights.ts'
import { quote } from './values.ts'

const SCHEDULER = 'wlc'
const PANIC_THRESHOLD = 0.5

/**
 * One virtual service with every default filled in; what is wrong with it is in the findings.
 * `undefined` when its address could not be read.
 */
export function resolveService(
  draft: ServiceDraft,
  context: ResolveContext,
): VirtualService | undefined {
  const { findings, hosts } = context
  const levels = [draft, draft.defaults]
  checkMembers(draft, context)
  const address = addressOf(draft, context)
  if (address === undefined) return undefined
  const scheduler = given(levels, 'scheduler')?.value ?? SCHEDULER
  const realServers = serversOf(draft, address, context)
  const persistence = resolvePersistence(given(levels, 'persistence'), address, findings.error)
  const forwarding = given(levels, 'forwarding')?.value
  const sorry = given(levels, 'sorryServer')
  const sorryServer = resolveSorryServer(sorry, address, forwarding, hosts, findings)
  const probeFrom = resolveProbeFrom(draft, context)
  const directors = resolveServiceDirectors(draft, context)
  checkTunnelUse(draft, realServers, context)
  const twin = realServers.find(
    ({ address: ip, port }) => ip === sorryServer?.address && port === sorryServer.port,
  )
  if (twin !== undefined && sorry !== undefined) {
    const message = `this is the real server ${twin.name}; a service has an address only once`
    findings.error({ path: sorry.path, rule: 'sorry-server-is-real-server', message })
  }
  const labels = given(levels, 'labels')?.value
  const pool = resolvePool(draft, realServers, findings.error)
  return {
    name: draft.name,
    address,
    scheduler,
    schedulerFlags: flagsOf(draft, scheduler, context),
    onePacket: onePacketOf(draft, address, context),
    ...(persistence === undefined ? {} : { persistence }),
    onFailure: given(levels, 'onFailure')?.value ?? 'quiesce',
    panicThreshold: given(levels, 'panicThreshold')?.value ?? PANIC_THRESHOLD,
    guards: resolveGuards(levels, sorryServer !== undefined),
    ...(pool && { pool }),
    ...resolveWeights(draft, scheduler, findings.error),
    ...resolveServiceHooks(levels),
    ...(sorryServer === undefined ? {} : { sorryServer }),
    ...(probeFrom === undefined ? {} : { probeFrom }),
    ...(directors === undefined ? {} : { directors }),
    ...(labels === undefined ? {} : { labels }),
    realServers,
  }
}

function addressOf(draft: ServiceDraft, context: ResolveContext): ServiceAddress | undefined {
  const written = draft.settings.address
  if (written === undefined) return undefined
  if (written.type === 'address') return written
  return { ...written, family: written.family ?? fwmarkFamily(draft, context) }
}

/**
 * A mark has no family of its own, so it is that of the real servers; tunnels may cross, so they
 * come last.
 */
function fwmarkFamily(draft: ServiceDraft, { file, hosts }: ResolveContext): Family {
  const families = draft.servers.flatMap(({ name, settings }) => {
    const entry = file.realServers[name]
    if (entry === undefined) return []
    const host = 'address' in entry ? entry.address : entry
    const family = hosts.peek(host)
    const forwarding = given([{ settings, path: [] }, draft, draft.defaults], 'forwarding')
    return family === undefined ? [] : [{ family, tunnel: forwarding?.value === 'tunnel' }]
  })
  return (families.find(({ tunnel }) => !tunnel) ?? families[0])?.family ?? 4
}

function checkMembers(
  draft: ServiceDraft,
  { findings, file, isGiven, membersOf }: ResolveContext,
): void {
  for (const { name, path } of draft.servers) {
    if (Object.hasOwn(file.realServers, name) || isGiven(['realServers', name])) continue
    const message =
      `${quote(name)} is not in realServers at the ` +
      `top${suggestServer(name, membersOf(['realServers']))}`
    findings.error({ path, rule: 'unknown-real-server', message, atKey: true })
  }
  const path = [...draft.path, 'realServers']
  if (draft.servers.length === 0 && isGiven(path) && membersOf(path).length === 0) {
    const message = 'a service needs at least one real server'
    findings.error({ path, rule: 'no-real-servers', message })
  }
}

function serversOf(
  draft: ServiceDraft,
  address: ServiceAddress,
  context: ResolveContext,
): readonly RealServer[] {
  const { findings } = context
  const endpoints = new Map<string, string>()
  const servers: RealServer[] = []
  for (const server of draft.servers) {
    const { path } = server
    const resolved = resolveServer(server, draft, address, context)
    if (resolved === undefined) continue
    const endpoint = hostPort(resolved.address, resolved.port)
    const twin = endpoints.get(endpoint)
    if (twin !== undefined) {
      const message = `${endpoint} is ${twin} already; a service has an address only once`
      findings.error({ path, rule: 'duplicate-real-server', message, atKey: true })
    }
    endpoints.set(endpoint, server.name)
    servers.push(resolved)
  }
  return servers
}

function suggestServer(name: string, known: readonly string[]): string {
  const suggestion = suggestKey(name, known)
  return suggestion.includes('did you mean') ? suggestion : ''
}

/** Only sh and mh read flags; `flag-3` is the kernel's spare. */
function flagsOf(
  draft: ServiceDraft,
  scheduler: Scheduler,
  { findings }: ResolveContext,
): readonly SchedulerFlag[] {
  const setting = given([draft, draft.defaults], 'schedulerFlags')
  if (setting === undefined) return []
  const fits = (flag: SchedulerFlag) =>
    (scheduler === 'sh' || scheduler === 'mh') &&
    (flag.startsWith('flag-') || flag.startsWith(`${scheduler}-`))
  const own = setting.path[0] !== 'defaults'
  for (const [index, flag] of setting.value.entries()) {
    if (fits(flag) || !own) continue
    const [family] = flag.split('-')
    const wanted = family === 'flag' ? 'sh and mh' : family
    const message = `${flag} is a flag of ${wanted}, and the scheduler here is ${scheduler}`
    findings.error({ path: [...setting.path, index], rule: 'scheduler-flag-mismatch', message })
  }
  return [...new Set(setting.value.filter(fits))]
}

/** The kernel does it for UDP only (ip_vs_core.c, IP_VS_SVC_F_ONEPACKET). */
function onePacketOf(
  draft: ServiceDraft,
  address: ServiceAddress,
  { findings }: ResolveContext,
): boolean {
  const setting = given([draft, draft.defaults], 'onePacket')
  if (setting === undefined || !setting.value) return false
  if (address.type === 'fwmark' || address.protocol === 'udp') return true
  if (setting.path[0] !== 'defaults') {
    const message = `onePacket is for udp and fwmark services; this one is ${address.protocol}`
    findings.error({ path: setting.path, rule: 'one-packet-without-udp', message })
  }
  return false
}

function checkTunnelUse(
  draft: ServiceDraft,
  servers: readonly RealServer[],
  { findings }: ResolveContext,
): void {
  const message = 'these keys are for forwarding: tunnel, which is not in use here'
  const rule = 'tunnel-without-use'
  for (const { name, settings, path } of draft.servers) {
    const server = servers.find((one) => one.name === name)
    if (settings.tunnel !== undefined && server !== undefined && server.tunnel === undefined) {
      findings.error({ path: [...path, 'tunnel'], rule, message, atKey: true })
    }
  }
  const used = servers.length === 0 || servers.some((server) => server.tunnel !== undefined)
  if (draft.settings.tunnel !== undefined && !used) {
    findings.error({ path: [...draft.path, 'tunnel'], rule, message, atKey: true })
  }
}
