import { ALERTING_DEFAULTS, type AlertingPolicy, plainRoute } from '../domain/alerting.ts'
import { suggestKey } from '../domain/nearest-key.ts'
import type { WrittenAlerting } from './alerting-schema.ts'
import type { Path } from './finding.ts'
import { resolveChannels } from './resolve-channels.ts'
import { resolveMatch, resolveRoutes } from './resolve-routes.ts'
import type { ResolveContext } from './resolve-server.ts'

/** Whom to tell what, and how. */
export function resolveAlerting(
  written: WrittenAlerting | undefined,
  context: ResolveContext,
): AlertingPolicy | undefined {
  if (written === undefined) return undefined
  const { digest, grouping = {}, recoveryAfter, severities = {}, dependencies = [] } = written
  const defaults = ALERTING_DEFAULTS
  if (digest !== undefined) {
    checkChannel(digest.channel, ['alerting', 'digest', 'channel'], context)
  }
  const channels = resolveChannels(written.channels, context.findings)
  return {
    channels,
    ...(digest && { digest: { ...digest, timeZone: digest.timeZone ?? 'UTC' } }),
    routes: written.routes
      ? resolveRoutes(written.routes, written, context, checkChannel)
      : [plainRoute(Object.keys(channels))],
    severities,
    groupWaitMs: grouping.wait ?? defaults.groupWaitMs,
    groupBy: grouping.by ?? defaults.groupBy,
    newsEveryMs: grouping.news ?? defaults.newsEveryMs,
    recoveryMs: recoveryAfter ?? defaults.recoveryMs,
    ...flappingOf(written.flapping),
    dependencies: dependencies.map(({ when, mutes }, index) => {
      const path = ['alerting', 'dependencies', index]
      return {
        when: resolveMatch(when, [...path, 'when'], context),
        mutes: resolveMatch(mutes, [...path, 'mutes'], context),
      }
    }),
    ...(written.console !== undefined && { consoleUrl: written.console }),
  }
}

function checkChannel(name: string, path: Path, { findings, membersOf }: ResolveContext): void {
  const names = membersOf(['alerting', 'channels'])
  if (names.includes(name)) return
  const message = `no channel is called ${name}${suggestKey(name, names)}`
  findings.error({ path, rule: 'unknown-channel', message })
}

function flappingOf(written: WrittenAlerting['flapping']): Pick<AlertingPolicy, 'flapping'> {
  if (written === 'off') return {}
  const { changes, withinMs, quietMs } = ALERTING_DEFAULTS.flapping
  return {
    flapping: {
      changes: written?.changes ?? changes,
      withinMs: written?.within ?? withinMs,
      quietMs: written?.quiet ?? quietMs,
    },
  }
}
