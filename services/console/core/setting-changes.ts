import type { Cluster, RealServer, VirtualService } from '../../shared/domain/virtual-service.ts'

/** Told by the steps to the tables. */
const SEEN_IN_TABLES: ReadonlySet<string> = new Set([
  ...['name', 'address', 'family', 'port', 'weight', 'forwarding', 'tunnel', 'realServers'],
  ...['upperThreshold', 'lowerThreshold', 'scheduler', 'schedulerFlags', 'onePacket'],
  ...['persistence', 'virtualServices'],
])
/** Small enough to be shown whole. */
const SHOWN: ReadonlySet<string> = new Set(['sysctls', 'directors', 'guards', 'pool'])
/** So many real servers are named. */
const MAX_NAMED = 3

/**
 * What another cluster file changes without a step to the tables: checks, guards, hooks, windows,
 * settings of the kernel; a line each. Names of real servers are gathered.
 */
export function settingChanges(before: Cluster | undefined, after: Cluster): readonly string[] {
  if (before === undefined) return []
  const old = new Map(before.virtualServices.map((service) => [service.name, service]))
  const lines = keysThatDiffer(before, after).map((key) => said(key, before, after))
  for (const service of after.virtualServices) {
    const was = old.get(service.name)
    old.delete(service.name)
    if (was !== undefined) lines.push(...ofService(was, service))
  }
  return lines
}

function ofService(before: VirtualService, after: VirtualService): readonly string[] {
  const lines = keysThatDiffer(before, after).map(
    (key) => `${after.name}: ${said(key, before, after)}`,
  )
  const old = new Map(before.realServers.map((server) => [server.name, server]))
  const names = new Map<string, string[]>()
  for (const server of after.realServers) {
    const was: RealServer | undefined = old.get(server.name)
    for (const key of was === undefined ? [] : keysThatDiffer(was, server)) {
      names.set(key, [...(names.get(key) ?? []), server.name])
    }
  }
  for (const [key, servers] of names) {
    const more = servers.length > MAX_NAMED ? ` and ${servers.length - MAX_NAMED} more` : ''
    lines.push(`${after.name}: other ${key} of ${servers.slice(0, MAX_NAMED).join(', ')}${more}`)
  }
  return lines
}

function keysThatDiffer(before: object, after: object): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].filter(
    (key) => !SEEN_IN_TABLES.has(key) && !isSame(Reflect.get(before, key), Reflect.get(after, key)),
  )
}

/** Both sides come out of one parser, so their keys stand in one order. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Values are shown where they are plain; an address to alert may be nobody else's business. */
function said(key: string, before: object, after: object): string {
  const [was, is]: unknown[] = [Reflect.get(before, key), Reflect.get(after, key)]
  if (SHOWN.has(key) || (isPlain(was) && isPlain(is))) return `${key} ${shown(was)} -> ${shown(is)}`
  return `other ${key}`
}

function isPlain(value: unknown): boolean {
  return value === undefined || ['string', 'number', 'boolean'].includes(typeof value)
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
}
