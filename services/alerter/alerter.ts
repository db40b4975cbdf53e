import { createLease } from '../shared/coordination/lease.ts'
import type { ChannelSettings } from '../shared/domain/channel.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Notifier } from '../shared/ports/notifier.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { type AlertEngine, startEngine } from './alert-engine.ts'

/** Which cluster, and which of several alerters this is. */
export interface AlerterConfig {
  readonly cluster: string
  readonly name: string
  /** Channels where the cluster file says nothing about alerting. */
  readonly fallback?: Readonly<Record<string, ChannelSettings>>
}

/** The doors it uses. */
export interface AlerterPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: Metrics
  /** Opens a channel of the cluster file. */
  readonly openChannel: (settings: ChannelSettings) => Notifier
}

/**
 * Tells people what is wrong, as the cluster file says. Of several alerters the one with the lease
 * `alerter` does; what is decided and what was told is stored, so that neither a restart nor a
 * take-over tells anything twice.
 */
export function createAlerter(config: AlerterConfig, ports: AlerterPorts): Service {
  const { bus, clock, logger } = ports
  const { cluster, name, fallback = {} } = config
  let engine: AlertEngine | undefined
  /** One engine after the other: the next begins when the last has come to rest. */
  let resting: Promise<void> = Promise.resolve()
  const lease = createLease(
    {
      cluster,
      key: 'alerter',
      holder: name,
      onTaken() {
        logger.info({ alerter: name }, 'tells people')
        resting = resting.then(begin)
      },
      onLost(why) {
        logger.warn({ alerter: name, why }, 'another alerter tells people')
        resting = resting.then(rest)
      },
    },
    { bus, clock },
  )

  function mayAct(): boolean {
    return lease.epoch() !== undefined
  }

  function begin(): void {
    if (mayAct()) engine = startEngine({ ...ports, cluster, name, fallback, mayAct })
  }

  async function rest(): Promise<void> {
    await engine?.stop()
    engine = undefined
  }

  return createService({
    start: () => lease.start(),
    async stop() {
      resting = resting.then(rest)
      await resting
      await lease.stop()
    },
  })
}
