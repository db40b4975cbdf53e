import { createLease } from '../shared/coordination/lease.ts'
import type { ChannelSettings } from '../shared/domain/channel.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { NoticeSender, Notifier } from '../shared/ports/notifier.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { createAnnouncer } from './announcer.ts'
import { type ChannelDesk, openChannelDesk } from './channel-desk.ts'
import type { Deliveries } from './deliveries.ts'

/** Which cluster, and which of several alerters this is. */
export interface AlerterConfig {
  readonly cluster: string
  readonly name: string
}

/** The doors it uses; closing the notifiers is its own. */
export interface AlerterPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly notifiers: readonly NoticeSender[]
  readonly metrics?: Metrics
  /** Opens a channel of the cluster file. */
  readonly openChannel: (settings: ChannelSettings) => Notifier
  /** Brings what is decided to the channels of the cluster file. */
  readonly deliveries?: Deliveries
}

const RETRY_MS = 1000

/**
 * Tells people what the controllers raise and clear. Of several alerters the one with the lease
 * `alerter` does; what each way of reaching people has been told is stored, so that neither a
 * restart nor a take-over tells it twice.
 */
export function createAlerter(config: AlerterConfig, ports: AlerterPorts): Service {
  const { bus, clock, logger, notifiers } = ports
  const { cluster, name } = config
  let working: (() => void)[] = []
  /** The last desk is closed before the next one opens. */
  let desk: Promise<ChannelDesk | undefined> = Promise.resolve(undefined)
  const lease = createLease(
    {
      cluster,
      key: 'alerter',
      holder: name,
      onTaken() {
        logger.info({ alerter: name }, 'tells people')
        working = notifiers.map((notifier) =>
          createAnnouncer({ cluster, bus, clock, logger, notifier, mayAct }),
        )
        openDesk()
      },
      onLost(why) {
        logger.warn({ alerter: name, why }, 'another alerter tells people')
        rest()
      },
    },
    { bus, clock },
  )

  function mayAct(): boolean {
    return lease.epoch() !== undefined
  }

  function openDesk(): void {
    desk = desk.then(() =>
      openChannelDesk({ ...ports, ...config, mayAct }, { ended: () => undefined }).catch(
        (error: unknown) => {
          logger.warn({ error }, 'the channels cannot be opened yet')
          working.push(clock.after(RETRY_MS, openDesk))
          return undefined
        },
      ),
    )
  }

  function rest(): void {
    for (const close of working.splice(0)) close()
    desk = desk.then(async (open) => {
      await open?.close()
      return undefined
    })
  }

  return createService({
    async start() {
      if (notifiers.length === 0) {
        logger.warn({}, 'no way to reach people is set: alerts are only in status and events')
      }
      await ports.deliveries?.start()
      await lease.start()
    },
    async stop() {
      rest()
      await desk
      await lease.stop()
      await ports.deliveries?.stop()
      for (const notifier of notifiers) notifier.close()
    },
  })
}
