import { ALERTING_DEFAULTS, type AlertRoute, type RoutePeriod } from '../domain/alerting.ts'
import type { CauseMatch } from '../domain/cause.ts'
import { suggestKey } from '../domain/nearest-key.ts'
import type { WrittenAlerting } from './alerting-schema.ts'
import type { Path } from './finding.ts'
import type { ResolveContext } from './resolve-server.ts'

type WrittenRoute = NonNullable<WrittenAlerting['routes']>[number]
type WrittenMatch = NonNullable<WrittenRoute['match']>
type CheckChannel = (name: string, path: Path, context: ResolveContext) => void

/** The routes of a file; names of channels and periods are looked up. */
export function resolveRoutes(
  written: readonly WrittenRoute[],
  alerting: WrittenAlerting,
  context: ResolveContext,
  checkChannel: CheckChannel,
): readonly AlertRoute[] {
  const taken = new Set<string>()
  return written.map((route, index) => {
    const path: Path = ['alerting', 'routes', index]
    const name = route.name ?? `route${index + 1}`
    if (taken.has(name)) {
      const at = route.name === undefined ? path : [...path, 'name']
      const message = `there is a route called ${name} already`
      context.findings.error({ path: at, rule: 'duplicate-route', message })
    }
    taken.add(name)
    const lists = [
      { channels: route.channels, at: [...path, 'channels'] },
      ...(route.escalation ?? []).map(({ channels }, level) => ({
        channels,
        at: [...path, 'escalation', level, 'channels'],
      })),
    ]
    for (const { channels, at } of lists) {
      for (const [place, channel] of channels.entries()) {
        checkChannel(channel, [...at, place], context)
      }
    }
    checkLevels(route, path, context)
    return resolveRoute(route, { name, path, alerting, context })
  })
}

function resolveRoute(
  route: WrittenRoute,
  where: {
    readonly name: string
    readonly path: Path
    readonly alerting: WrittenAlerting
    readonly context: ResolveContext
  },
): AlertRoute {
  const { name, path, alerting, context } = where
  const { every = ALERTING_DEFAULTS.everyMs, after, during } = route
  return {
    name,
    match: resolveMatch(route.match ?? {}, [...path, 'match'], context),
    channels: route.channels,
    escalation: (route.escalation ?? []).map((level) => ({
      afterMs: level.after,
      channels: level.channels,
    })),
    ...(after && { after }),
    ...(every !== 'none' && { everyMs: every }),
    updates: route.updates ?? true,
    recovery: route.recovery ?? true,
    acknowledgements: route.acknowledgements ?? true,
    startup: route.startup ?? false,
    ...(during && { during: resolvePeriods(during, [...path, 'during'], alerting, context) }),
    isLast: route.last ?? false,
  }
}

function checkLevels({ escalation = [] }: WrittenRoute, path: Path, context: ResolveContext): void {
  for (const [index, { after }] of escalation.entries()) {
    if (after > (escalation[index - 1]?.after ?? 0)) continue
    const message = `wanted more than level ${index + 1} waits: levels come one after the other`
    const at = [...path, 'escalation', index, 'after']
    context.findings.error({ path: at, rule: 'escalation-order', message })
  }
}

function resolvePeriods(
  names: readonly string[],
  path: Path,
  { periods = {}, timeZone = 'UTC' }: WrittenAlerting,
  { findings, membersOf }: ResolveContext,
): readonly RoutePeriod[] {
  const known = membersOf(['alerting', 'periods'])
  return names.flatMap((name, place) => {
    const period = periods[name]
    if (period !== undefined) {
      if (!('when' in period)) return [{ name, timeZone, period }]
      return [{ name, timeZone: period.timeZone ?? timeZone, period: period.when }]
    }
    if (!known.includes(name)) {
      const message = `no period is called ${name}${suggestKey(name, known)}`
      findings.error({ path: [...path, place], rule: 'unknown-period', message })
    }
    return []
  })
}

/** Which causes are meant; names of services, real servers and zones are looked up. */
export function resolveMatch(
  written: WrittenMatch,
  path: Path,
  { findings, membersOf, file }: ResolveContext,
): CauseMatch {
  const zones = Object.values(file.realServers).flatMap((host) =>
    'address' in host && host.zone !== undefined ? [host.zone] : [],
  )
  const check = (
    key: 'services' | 'servers' | 'zones',
    known: readonly string[],
    {
      rule,
      noun,
    }: { rule: 'unknown-service' | 'unknown-real-server' | 'unknown-zone'; noun: string },
  ) => {
    for (const [place, name] of (written[key] ?? []).entries()) {
      if (known.includes(name)) continue
      const message = `no ${noun} is called ${name}${suggestKey(name, known)}`
      findings.error({ path: [...path, key, place], rule, message })
    }
  }
  check('services', membersOf(['virtualServices']), {
    rule: 'unknown-service',
    noun: 'virtual service',
  })
  check('servers', membersOf(['realServers']), { rule: 'unknown-real-server', noun: 'real server' })
  check('zones', [...new Set(zones)], { rule: 'unknown-zone', noun: 'zone' })
  const given = Object.entries(written).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) satisfies CauseMatch
}
