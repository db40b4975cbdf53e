import type { CheckKinds } from './check-schema.ts'
import { createCheckDrafter } from './draft-checks.ts'
import type { WrittenFile, WrittenServer, WrittenService, WrittenSettings } from './file-schema.ts'
import type { Remark } from './finding-list.ts'
import type { Level } from './levels.ts'
import type { CheckTemplate } from './read-check.ts'
import type { WrittenServiceAddress } from './service-address.ts'

/** Settings of a real server in a service: a bare number is its weight. */
export type ServerSettings = Exclude<WrittenServer, number | null>

/** A real server of a service with its checks read. */
export interface ServerDraft extends Level<ServerSettings> {
  readonly name: string
  readonly templates: readonly CheckTemplate[]
}

/** A service with the checks of its servers read. */
export interface ServiceDraft extends Level<WrittenService> {
  readonly name: string
  readonly defaults: Level<WrittenSettings>
  readonly servers: readonly ServerDraft[]
}

/** Puts each service together with its checks, level by level. */
export function draftServices(
  file: WrittenFile,
  kinds: CheckKinds,
  remark: (remark: Remark) => void,
): readonly ServiceDraft[] {
  const drafter = createCheckDrafter(kinds, remark)
  const defaults = { settings: file.defaults ?? {}, path: ['defaults'] }
  const defaultChecks = drafter.defaults(defaults.settings)
  return Object.entries(file.virtualServices).map(([name, service]) => {
    const path = ['virtualServices', name]
    const kind = defaultKind(service.address)
    const level = drafter.layer(service, path, defaultChecks, kind)
    const shared = drafter.templates(level, path, kind)
    const servers = Object.entries(service.realServers ?? {}).map(([serverName, written]) => {
      const serverPath = [...path, 'realServers', serverName]
      const settings = settingsOf(written)
      const own = drafter.layer(settings, serverPath, level, kind)
      const templates = own === level ? shared : drafter.templates(own, serverPath, kind)
      return { name: serverName, settings, path: serverPath, templates }
    })
    return { name, settings: service, path, defaults, servers }
  })
}

function settingsOf(written: WrittenServer): ServerSettings {
  if (written === null) return {}
  return typeof written === 'number' ? { weight: written } : written
}

/**
 * What is checked when the file says nothing: a connect where there is one, else that the host
 * answers.
 */
function defaultKind(address: WrittenServiceAddress | undefined): string {
  if (address === undefined) return 'tcp'
  return address.type === 'address' && address.protocol === 'tcp' ? 'tcp' : 'icmp'
}
