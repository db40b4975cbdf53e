import { createLease } from '../shared/coordination/lease.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { History } from '../shared/ports/history.ts'
import { type Logger, silentLogger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import type { Readiness } from '../shared/runtime/readiness.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { answerHistory } from './answer-history.ts'
import { answerReport } from './answer-report.ts'
import { createCheckMetrics } from './check-metrics.ts'
import { createDirectoryHolder } from './directory-holder.ts'
import { followEvents } from './event-follower.ts'
import { showMetrics } from './historian-metrics.ts'
import { createOwnFigures } from './own-figures.ts'
import { Sampler } from './sampler.ts'

/** Which cluster, and how often gauges are written. */
export interface HistorianConfig {
  readonly cluster: string
  /** Name of this process among several historians. */
  readonly name: string
  /** Time between two samples of tables and states, in milliseconds; 10,000 by default. */
  readonly sampleMs?: number
}

/** The doors it uses; `close` of the history is the historian's to call. */
export interface HistorianPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly history: History
  readonly logger?: Logger
  readonly metrics?: Metrics
  readonly readiness?: Readiness
}

const DEFAULT_SAMPLE_MS = 10_000

/**
 * Writes down what happens and answers questions about the past. Of several, the one with the lease
 * `historian` works; points carry the time of what they tell, so that what two of them write in the
 * moment of a take-over is there once.
 */
export function createHistorian(config: HistorianConfig, ports: HistorianPorts): Service {
  const { bus, clock, history, logger = silentLogger } = ports
  const { cluster, name, sampleMs = DEFAULT_SAMPLE_MS } = config
  const holder = createDirectoryHolder(bus, cluster, logger)
  const figures = createOwnFigures(clock, history, name)
  const checks = createCheckMetrics(ports.metrics)
  const closers: (() => void)[] = []
  let working: (() => void)[] = []
  const lease = createLease(
    {
      cluster,
      key: 'historian',
      holder: name,
      onTaken() {
        logger.info({}, 'writes the history')
        working = begin()
      },
      onLost(why) {
        logger.warn({ why }, 'another historian writes the history')
        rest()
      },
    },
    { bus, clock },
  )

  function begin(): (() => void)[] {
    const parts = { bus, clock, history, logger, directory: holder.directory }
    const { metrics } = ports
    const events = followEvents({ ...parts, cluster, ...(metrics && { metrics }) })
    const sampler = new Sampler({ ...parts, cluster, sampleMs, figures, checks, events })
    return [
      () => sampler.close(),
      events.close,
      ...answerHistory({ ...parts, cluster, names: holder.names }),
      answerReport({ ...parts, cluster, names: holder.names }),
    ]
  }

  function rest(): void {
    for (const close of working.splice(0)) close()
  }

  return createService({
    async start() {
      closers.push(
        await holder.start(),
        figures.start(),
        ...showMetrics(ports, () => lease.epoch() !== undefined),
      )
      await lease.start()
    },
    async stop() {
      rest()
      await lease.stop()
      for (const close of closers.splice(0)) close()
      await history.close()
    },
  })
}
