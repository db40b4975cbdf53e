import type { ChannelSettings } from '../domain/channel.ts'
import type { WrittenChannels } from './channel-schema.ts'
import type { FindingList } from './finding-list.ts'

type WrittenChannel = WrittenChannels[string]

const TIMEOUT_MS = 10_000
const NTFY = 'https://ntfy.sh'

/** The channels of a file, by name. */
export function resolveChannels(
  written: WrittenChannels,
  findings: FindingList,
): Readonly<Record<string, ChannelSettings>> {
  for (const [name, channel] of Object.entries(written)) {
    if (channel.type !== 'mail') continue
    const [given, missing] =
      channel.user === undefined ? ['password', 'user'] : ['user', 'password']
    if ((channel.user === undefined) === (channel.password === undefined)) continue
    findings.error({
      path: ['alerting', 'channels', name, missing],
      rule: 'missing-key',
      message: `missing key "${missing}": there is a ${given}`,
      atKey: true,
    })
  }
  return Object.fromEntries(
    Object.entries(written).map(([name, channel]) => [name, settingsOf(channel)]),
  )
}

/** Keys without a value are not there at all. */
function settingsOf(channel: WrittenChannel): ChannelSettings {
  const { timeout, ...rest } = channel
  const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  const defaults = channel.type === 'ntfy' ? { server: NTFY } : {}
  return { ...defaults, ...kept, timeoutMs: timeout ?? TIMEOUT_MS } as ChannelSettings
}
