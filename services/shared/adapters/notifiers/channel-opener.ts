import type { ChannelSettings } from '../../domain/channel.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Notifier } from '../../ports/notifier.ts'
import { readSecretSource } from '../read-secret-source.ts'
import { openChannel } from './registry.ts'

/** Opens channels with the secrets of this machine; `programs` is the folder they may run from. */
export function channelOpener(
  clock: Clock,
  programs?: string,
): (settings: ChannelSettings) => Notifier {
  return (settings) =>
    openChannel(settings, {
      ...{ clock, readSecret: readSecretSource },
      ...(programs !== undefined && { programs }),
    })
}
