import type { Alerting } from '../domain/channel.ts'
import { suggestKey } from '../domain/nearest-key.ts'
import type { WrittenAlerting } from './alerting-schema.ts'
import { resolveChannels } from './resolve-channels.ts'
import type { ResolveContext } from './resolve-server.ts'

/** Whom to tell what, and how. */
export function resolveAlerting(
  written: WrittenAlerting | undefined,
  { findings, membersOf }: ResolveContext,
): Alerting | undefined {
  if (written === undefined) return undefined
  const { digest } = written
  const names = membersOf(['alerting', 'channels'])
  if (digest !== undefined && !names.includes(digest.channel)) {
    const message = `no channel is called ${digest.channel}${suggestKey(digest.channel, names)}`
    const path = ['alerting', 'digest', 'channel']
    findings.error({ path, rule: 'unknown-channel', message })
  }
  return {
    channels: resolveChannels(written.channels, findings),
    ...(digest && { digest: { ...digest, timeZone: digest.timeZone ?? 'UTC' } }),
  }
}
