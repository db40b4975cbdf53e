import { setTimeout } from 'node:timers/promises'
import { createNatsBus, type NatsBus } from '../adapters/nats-bus.ts'
import { createSystemClock } from '../adapters/system-clock.ts'
import { createHealthServer } from '../runtime/health-server.ts'
import type { Logger } from '../runtime/logger.ts'
import { createMetrics } from '../runtime/metrics.ts'
import { createReadiness } from '../runtime/readiness.ts'
import type { Service } from '../runtime/service.ts'
import { ServiceError } from '../runtime/service-error.ts'
import type { ApartContext } from './apart-context.ts'
import type { ApartConfig, Role } from './apart-options.ts'
import { followRevision } from './follow-revision.ts'
import { reportOrDie } from './report-or-die.ts'
import { watchBus } from './watch-bus.ts'

/** What one process is made from. */
export interface ApartParts {
  readonly role: Role
  readonly config: ApartConfig
  readonly create: (context: ApartContext) => Service | Promise<Service>
  /** Begins before the wait for NATS, and ends after the service. */
  readonly beside?: Service
  readonly logger: Logger
  /** Ends every wait at the start. */
  readonly signal: AbortSignal
}

/** JetStream may need a moment longer than the connection, for an election for instance. */
const RETRY_MS = 1000

/** One service with what its process needs: figures, health, the bus. */
export class ApartProcess {
  readonly #parts: ApartParts
  readonly #metrics = createMetrics({ withProcess: true })
  readonly #readiness = createReadiness()
  /** What was started, the latest first. */
  readonly #started: (() => unknown)[] = []
  #isRunning = false

  constructor(parts: ApartParts) {
    this.#parts = parts
  }

  /** Resolves when the service does its work; rejects for what no waiting can mend. */
  async start(): Promise<void> {
    const { role, config, logger } = this.#parts
    const { cluster, name, nats } = config
    this.#readiness.add(role, () => (this.#isRunning ? undefined : 'starting'))
    this.#readiness.add('bus', () => `waiting for NATS at ${nats.servers.join(', ')}`)
    await this.#startHealth()
    await this.#startBeside()
    const bus = await this.#connect()
    watchBus(bus, { metrics: this.#metrics, readiness: this.#readiness })
    await this.#untilDone(() => this.#follow(bus))
    await this.#untilDone(() => this.#startService(bus))
    this.#isRunning = true
    logger.info({ cluster, name }, `${role} runs`)
  }

  /** Stops in reverse order whatever was started. */
  async stop(): Promise<void> {
    for (const stop of this.#started.splice(0)) await stop()
  }

  async #startHealth(): Promise<void> {
    const { role, config } = this.#parts
    const { cluster, name, http } = config
    const info = this.#metrics.gauge('lvs_warden_info', {
      help: 'Always 1; the labels say which process this is.',
      labels: ['role', 'name', 'cluster'],
    })
    info.set({ role, name, cluster }, 1)
    if (http === undefined) return
    const told = { readiness: this.#readiness, metrics: this.#metrics }
    const health = createHealthServer({ listen: http, service: role, name, ...told })
    await health.start()
    this.#started.unshift(() => health.stop())
  }

  async #startBeside(): Promise<void> {
    const { beside } = this.#parts
    if (beside === undefined) return
    this.#started.unshift(() => beside.stop())
    await beside.start()
  }

  async #connect(): Promise<NatsBus> {
    const { role, config, logger, signal } = this.#parts
    const bus = await createNatsBus({
      settings: config.nats,
      role,
      name: config.name,
      logger,
      onError: (error, where) => reportOrDie(logger, error, where),
      signal,
    })
    this.#started.unshift(() => bus.close())
    return bus
  }

  async #follow(bus: NatsBus): Promise<void> {
    const { config, logger } = this.#parts
    const ports = { bus, logger, metrics: this.#metrics, readiness: this.#readiness }
    this.#started.unshift(await followRevision(config.cluster, ports))
  }

  /** A service starts once, so each try has one of its own. */
  async #startService(bus: NatsBus): Promise<void> {
    const { config, create, logger } = this.#parts
    const told = { logger, metrics: this.#metrics, readiness: this.#readiness }
    const ports = { bus, clock: createSystemClock(), ...told }
    const service = await create({ cluster: config.cluster, name: config.name, ports })
    try {
      await service.start()
    } catch (error) {
      await service.stop()
      throw error
    }
    this.#started.unshift(() => service.stop())
  }

  async #untilDone(work: () => Promise<void>): Promise<void> {
    const { logger, signal } = this.#parts
    let said = ''
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof ServiceError) || !error.retryable) throw error
        // A controller that makes the stores may be long in coming; that is said once.
        if (error.message !== said) logger.warn({ error }, 'not started yet, trying again')
        said = error.message
        await setTimeout(RETRY_MS, undefined, { signal })
      }
    }
  }
}
