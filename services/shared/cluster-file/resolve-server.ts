import type { ForwardingMethod, RealServer, ServiceAddress } from '../domain/virtual-service.ts'
import type { ServerDraft, ServiceDraft } from './draft-file.ts'
import type { WrittenFile } from './file-schema.ts'
import type { Path } from './finding.ts'
import type { FindingList, Remark } from './finding-list.ts'
import type { HostBook } from './host-book.ts'
import { given, type Level } from './levels.ts'
import { resolveChecks } from './resolve-check.ts'
import { resolveServerHooks } from './resolve-hooks.ts'
import { resolveTunnel } from './resolve-tunnel.ts'

const WEIGHT = 100

/** What the resolving of one file shares. */
export interface ResolveContext {
  readonly file: WrittenFile
  readonly hosts: HostBook
  readonly findings: FindingList
  /**
   * The file gives something here, be it wrong: what follows from its absence is not worth saying.
   */
  isGiven(path: Path): boolean
  /** Keys of the mapping here as written, the wrong ones included. */
  membersOf(path: Path): readonly string[]
}

/**
 * One real server of a service whose address is known; `undefined` when it cannot be put together.
 */
export function resolveServer(
  draft: ServerDraft,
  service: ServiceDraft,
  address: ServiceAddress,
  context: ResolveContext,
): RealServer | undefined {
  const { findings, hosts, file } = context
  const entry = file.realServers[draft.name]
  if (entry === undefined) return undefined
  const host = 'address' in entry ? entry.address : entry
  const hostPath = ['realServers', draft.name, ...('address' in entry ? ['address'] : [])]
  const ip = hosts.find(host, address.family, hostPath)
  const levels = levelsOf(draft, service)
  const forwarding = given(levels, 'forwarding')
  if (forwarding === undefined) reportForwarding(draft, service, context)
  if (ip === undefined || forwarding === undefined) return undefined
  if (ip.family !== address.family && forwarding.value !== 'tunnel') {
    const got = `${draft.name} is ${ip.text}`
    const message =
      `wanted an IPv${address.family} real server as the service is, but ${got}; only ` +
      'tunnel goes from one family to the other'
    findings.error({ path: draft.path, rule: 'family-mismatch', message, atKey: true })
    return undefined
  }
  const port = portOf(draft, service, address, forwarding.value, findings.error)
  const aim = {
    ip,
    port,
    service: address,
    resolve: (own: typeof host, path: Path) => hosts.find(own, ip.family, path),
  }
  const { zone, labels } = 'address' in entry ? entry : {}
  const tier = given(levels, 'tier')?.value ?? 0
  const tunneled = forwarding.value === 'tunnel'
  return {
    name: draft.name,
    address: ip.text,
    family: ip.family,
    port,
    ...(zone === undefined ? {} : { zone }),
    ...(labels === undefined ? {} : { labels }),
    ...(tier === 0 ? {} : { tier }),
    weight: given(levels, 'weight')?.value ?? WEIGHT,
    forwarding: forwarding.value,
    ...(tunneled ? { tunnel: resolveTunnel(given(levels, 'tunnel'), findings.error) } : {}),
    ...thresholds(levels, findings.error),
    ...resolveServerHooks(levels),
    checks: resolveChecks(draft.templates, aim, findings.error),
  }
}

/** Nearest first: the server, its service, `defaults`. */
function levelsOf(
  draft: ServerDraft,
  service: ServiceDraft,
): readonly Level<ServerDraft['settings']>[] {
  return [draft, service, service.defaults]
}

function reportForwarding(
  draft: ServerDraft,
  service: ServiceDraft,
  { findings, isGiven }: ResolveContext,
): void {
  const places = [draft.path, service.path, ['defaults']]
  if (places.some((path) => isGiven([...path, 'forwarding']))) return
  const message =
    'missing key "forwarding"; give masquerade, tunnel or direct-route here or once in defaults'
  findings.error({ path: service.path, rule: 'missing-forwarding', message, atKey: true })
}

function portOf(
  draft: ServerDraft,
  service: ServiceDraft,
  address: ServiceAddress,
  forwarding: ForwardingMethod,
  error: (remark: Remark) => void,
): number {
  const servicePort = address.type === 'fwmark' ? 0 : address.port
  const own = draft.settings.port ?? service.settings.port
  if (own === undefined || own === servicePort) return servicePort
  const path = [...(draft.settings.port === undefined ? service.path : draft.path), 'port']
  if (address.type === 'fwmark') {
    const message =
      'a fwmark service keeps the port that the client asked for; to check a port ' +
      'put it into the check'
    error({ path, rule: 'port-in-fwmark', message })
    return servicePort
  }
  if (forwarding !== 'masquerade') {
    const message =
      `${forwarding} cannot change the port: wanted ${servicePort}, the service's, got ` +
      `${own}; take it away, use masquerade, or put it into the check`
    error({ path, rule: 'port-without-masquerade', message })
  }
  return own
}

function thresholds(
  levels: readonly Level<ServerDraft['settings']>[],
  error: (remark: Remark) => void,
): Pick<RealServer, 'upperThreshold' | 'lowerThreshold'> {
  const upperThreshold = given(levels, 'upperThreshold')?.value ?? 0
  const lower = given(levels, 'lowerThreshold')
  const lowerThreshold = lower?.value ?? 0
  // The kernel refuses it with ERANGE (ip_vs_ctl.c, ip_vs_add_dest).
  if (lower !== undefined && lowerThreshold > upperThreshold) {
    const message = `wanted at most upperThreshold (${upperThreshold}), got ${lowerThreshold}`
    error({ path: lower.path, rule: 'lower-threshold-over-upper', message })
  }
  return { upperThreshold, lowerThreshold }
}
