import { answerVerb } from '../shared/coordination/answer-verb.ts'
import type { ChannelSettings, Digest } from '../shared/domain/channel.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Notifier } from '../shared/ports/notifier.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { api } from '../shared/wire/api.ts'
import { CURRENT_KEY, clusterRevisionMessage } from '../shared/wire/cluster-revision.ts'
import { bucketName } from '../shared/wire/subjects.ts'
import type { Deliveries, DeliveryListener } from './deliveries.ts'
import { createDeliveries } from './delivery/create-deliveries.ts'
import { startDigests } from './digest.ts'
import { testChannel } from './test-channel.ts'

/** What the channels of an alerter at work stand on. */
export interface ChannelDeskParts {
  readonly cluster: string
  readonly name: string
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: Metrics
  readonly openChannel: (settings: ChannelSettings) => Notifier
  readonly mayAct: () => boolean
}

/** The channels of the cluster file in force, at work. */
export interface ChannelDesk {
  readonly deliveries: Deliveries
  close(): Promise<void>
}

/** Opens the channels of the cluster file, follows it, and answers tests of them. */
export async function openChannelDesk(
  parts: ChannelDeskParts,
  listener: DeliveryListener,
): Promise<ChannelDesk> {
  const { cluster, bus, logger } = parts
  const deliveries = await createDeliveries(parts, listener)
  await deliveries.start()
  let channels: ReadonlyMap<string, ChannelSettings> = new Map()
  let digest: Digest | undefined
  const revisions = await bus.keyValue(bucketName(cluster, 'cluster-file'))
  const unwatch = revisions.watch(({ key, value }) => {
    if (key !== CURRENT_KEY || value === undefined) return
    try {
      const { alerting } = clusterRevisionMessage.decode(value).cluster
      channels = new Map(Object.entries(alerting?.channels ?? {}))
      digest = alerting?.digest
      deliveries.configure(channels)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      logger.error({ error }, 'cluster file refused: the channels stay as they are')
    }
  })
  const unanswer = answerVerb(bus, cluster, api.alertTest, (request) =>
    testChannel({ ...parts, channels: () => channels }, request),
  )
  const stopDigests = startDigests({
    ...parts,
    deliveries,
    digest: () => digest,
    standing: () => [],
  })
  return {
    deliveries,
    async close() {
      stopDigests()
      unanswer()
      unwatch()
      await deliveries.stop()
    },
  }
}
