import type { ChannelSettings } from '../shared/domain/channel.ts'
import { nearestKey } from '../shared/domain/nearest-key.ts'
import type { Notification } from '../shared/domain/notification.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Notifier } from '../shared/ports/notifier.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { AlertTested, AlertTestRequest } from '../shared/wire/api-alerts.ts'

/** What a test of a channel stands on. */
export interface ChannelTestParts {
  readonly cluster: string
  /** Name of this alerter. */
  readonly name: string
  readonly clock: Clock
  readonly channels: () => ReadonlyMap<string, ChannelSettings>
  readonly openChannel: (settings: ChannelSettings) => Notifier
}

const NEVER = new AbortController().signal

/**
 * Sends a test by a channel of the cluster file, once and beside its queue. Throws
 * `api.unknown-target` when there is no such channel.
 */
export async function testChannel(
  { cluster, name, clock, channels, openChannel }: ChannelTestParts,
  { channel, by }: AlertTestRequest,
): Promise<AlertTested> {
  const settings = channels().get(channel)
  if (settings === undefined) throw unknown(channel, [...channels().keys()])
  const notifier = openChannel(settings)
  const startedMs = clock.monotonic()
  try {
    const result = await notifier.send(testOf({ cluster, channel, by, at: clock.now() }), NEVER)
    const tookMs = Math.round(clock.monotonic() - startedMs)
    const about = { channel, type: settings.type, alerter: name, outcome: result.outcome, tookMs }
    if (result.outcome === 'delivered') {
      return { ...about, ...(result.remark !== undefined && { remark: result.remark }) }
    }
    const { reason, isPermanent, retryAfterMs } = result
    return {
      ...{ ...about, reason, final: isPermanent },
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  } finally {
    notifier.close()
  }
}

function testOf({
  cluster,
  channel,
  by,
  at,
}: AlertTestRequest & { readonly cluster: string; readonly at: number }): Notification {
  const text = `${by} tries the channel ${channel} of the cluster ${cluster}. Nothing is wrong.\n`
  return {
    cluster,
    dedupKey: `test/${channel}/${at}`,
    threadKey: `${cluster}/test/${channel}/${at}`,
    kind: 'test',
    level: 1,
    severity: 'info',
    subject: `test of the channel ${channel}: nothing is wrong`,
    text,
    causes: [],
    at,
    since: at,
    links: [],
    mon: { group: cluster, service: 'test', hosts: [] },
  }
}

function unknown(channel: string, names: readonly string[]): ServiceError {
  const near = nearestKey(channel, names)
  const known = names.length === 0 ? 'the cluster file has none' : `there are ${names.join(', ')}`
  const hint = near === undefined ? known : `did you mean ${near}?`
  return new ServiceError('api.unknown-target', `there is no channel ${channel}: ${hint}`)
}
