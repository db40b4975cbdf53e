import type { MaintenanceWindow } from '../domain/maintenance-window.ts'
import { suggestKey } from '../domain/nearest-key.ts'
import { parseTarget } from '../domain/server-target.ts'
import type { Path } from './finding.ts'
import type { ResolveContext } from './resolve-server.ts'
import type { WrittenWindow } from './window-schema.ts'

/** The maintenance windows of a file. */
export function resolveWindows(
  written: readonly WrittenWindow[],
  { findings, membersOf }: ResolveContext,
): readonly MaintenanceWindow[] {
  const names = new Set<string>()
  const known = knownTargets(membersOf)
  return written.map((window, index) => {
    const path: Path = ['maintenance', index]
    const name = window.name ?? `window${index + 1}`
    if (names.has(name)) {
      const message = `there is a maintenance window called ${name} already`
      const at = window.name === undefined ? path : [...path, 'name']
      findings.error({ path: at, rule: 'duplicate-window', message })
    }
    names.add(name)
    for (const [place, target] of window.servers.entries()) {
      if (known.has(target)) continue
      const message = `no real server is called ${target}${suggestKey(target, [...known])}`
      findings.error({ path: [...path, 'servers', place], rule: 'unknown-real-server', message })
    }
    return {
      name,
      start: { type: 'cron', expression: window.cron, timeZone: window.timeZone ?? 'UTC' },
      forMs: window.for,
      act: window.act ?? 'maintenance',
      targets: window.servers.map(parseTarget),
      reason: window.reason ?? '',
      ...(window.force === true && { force: true as const }),
    }
  })
}

/** As written: what is wrong with a service elsewhere says nothing about a window. */
function knownTargets(membersOf: ResolveContext['membersOf']): ReadonlySet<string> {
  const inServices = membersOf(['virtualServices']).flatMap((service) =>
    membersOf(['virtualServices', service, 'realServers']).map((name) => `${service}/${name}`),
  )
  return new Set([...membersOf(['realServers']), ...inServices])
}
