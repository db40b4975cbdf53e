import { type ServiceKey, serviceKey, type VirtualService } from '../domain/virtual-service.ts'
import { adviseOn, adviseOnSysctls } from './advice.ts'
import type { ServiceDraft } from './draft-file.ts'
import type { VantageDraft } from './draft-vantages.ts'
import type { WrittenFile } from './file-schema.ts'
import type { FindingList } from './finding-list.ts'
import type { ResolveContext } from './resolve-server.ts'
import { resolveService } from './resolve-service.ts'
import type { WrittenHost } from './server-address.ts'
import { warnOfTraps } from './warnings.ts'

/** Every host name that a file mentions. */
export function hostNames(
  file: WrittenFile,
  drafts: readonly ServiceDraft[],
  vantages: readonly VantageDraft[],
): readonly string[] {
  const hosts: (WrittenHost | undefined)[] = Object.values(file.realServers).map((entry) =>
    'address' in entry ? entry.address : entry,
  )
  for (const draft of drafts) {
    for (const settings of [draft.settings, draft.defaults.settings])
      hosts.push(sorryHost(settings))
    for (const { templates } of draft.servers) {
      for (const template of templates) hosts.push(template.address)
    }
  }
  for (const { address, template } of vantages.flatMap(({ canaries }) => canaries)) {
    hosts.push(address, template.address)
  }
  const names = hosts.map((host) => (host === undefined || host.ip ? undefined : host.hostName))
  return [...new Set(names.filter((name) => name !== undefined))]
}

/** The virtual services of a file, and what is wrong between them. */
export function resolveFile(
  file: WrittenFile,
  drafts: readonly ServiceDraft[],
  context: ResolveContext,
): readonly VirtualService[] {
  const { findings } = context
  const owners = new Map<ServiceKey, string>()
  const sysctls = file.sysctls ?? {}
  adviseOnSysctls(sysctls, findings.advise)
  checkNames(file, context)
  const services = drafts.flatMap((draft) => {
    const service = resolveService(draft, context)
    if (service === undefined) return []
    const key = serviceKey(service.address)
    const owner = owners.get(key)
    if (owner !== undefined) {
      const message = `${key} is the address of virtualServices.${owner} already`
      const path = [...draft.path, 'address']
      findings.error({ path, rule: 'duplicate-service-address', message })
    }
    owners.set(key, draft.name)
    warnOfTraps(draft, service, sysctls, findings)
    adviseOn(draft, service, sysctls, findings.advise)
    return [service]
  })
  if (drafts.length === 0 && context.membersOf(['virtualServices']).length === 0) {
    const message = 'a cluster needs at least one virtual service'
    findings.error({ path: ['virtualServices'], rule: 'no-virtual-services', message })
  }
  warnOfUnused(file, drafts, findings)
  return services
}

/** Every name is looked at, even where no service asks for it. */
function checkNames(file: WrittenFile, { hosts }: ResolveContext): void {
  for (const [name, entry] of Object.entries(file.realServers)) {
    const host = 'address' in entry ? entry.address : entry
    const path = ['realServers', name, ...('address' in entry ? ['address'] : [])]
    if (hosts.peek(host) === undefined) hosts.find(host, undefined, path)
  }
}

function warnOfUnused(
  file: WrittenFile,
  drafts: readonly ServiceDraft[],
  findings: FindingList,
): void {
  if (findings.errors().length > 0) return
  const used = new Set(drafts.flatMap(({ servers }) => servers.map(({ name }) => name)))
  for (const name of Object.keys(file.realServers)) {
    if (used.has(name)) continue
    const message = `no virtual service uses ${name}`
    findings.warn({ path: ['realServers', name], rule: 'unused-real-server', message, atKey: true })
  }
}

function sorryHost(settings: {
  readonly sorryServer?: WrittenFile['virtualServices'][string]['sorryServer']
}): WrittenHost | undefined {
  const { sorryServer } = settings
  if (sorryServer === undefined || sorryServer === 'none') return undefined
  return 'host' in sorryServer ? sorryServer.host : sorryServer.address
}
