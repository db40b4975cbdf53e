import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { History } from '../shared/ports/history.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { api } from '../shared/wire/api.ts'
import { directorReportMessage } from '../shared/wire/director-report-message.ts'
import { decodeObservations } from '../shared/wire/observation-frame.ts'
import { apiSubject, observationsSubject, reportSubject } from '../shared/wire/subjects.ts'
import type { CheckMetrics } from './check-metrics.ts'
import { checkPoints } from './core/check-points.ts'
import type { Directory } from './core/directory.ts'
import { ProberTally } from './core/prober-tally.ts'
import { reportPoints } from './core/report-points.ts'
import type { EventFollower } from './event-follower.ts'
import { controllerPoint, type OwnFigures } from './own-figures.ts'
import { statusPoints } from './status-points.ts'

/** What a sampler listens to and writes into. */
export interface SamplerParts {
  readonly cluster: string
  readonly sampleMs: number
  readonly bus: Bus
  readonly clock: Clock
  readonly history: History
  readonly logger: Logger
  readonly directory: () => Directory
  readonly figures: OwnFigures
  readonly checks: CheckMetrics
  readonly events: EventFollower
}

const NO_NEWS = { drift: 0, failures: 0 }
/** Directors that can be waited for; a name that somebody makes up must not fill the memory. */
const MOST_DIRECTORS = 1000

/**
 * Writes observations as they come, and everything else once in `sampleMs`: of a director's reports
 * the last one, the controller's status, the probers and the monitor itself.
 */
export class Sampler {
  readonly #parts: SamplerParts
  readonly #tally = new ProberTally()
  readonly #reports = new Map<string, Uint8Array>()
  readonly #stops: readonly (() => void)[]
  #isClosed = false
  #cancelTick: () => void = () => undefined

  constructor(parts: SamplerParts) {
    const { bus, cluster } = parts
    this.#parts = parts
    this.#stops = [
      bus.subscribe(observationsSubject(cluster, '*'), (payload, subject) =>
        this.#orRefuse(subject, () => this.#onFrame(payload)),
      ),
      bus.subscribe(reportSubject(cluster, '*'), (payload, subject) =>
        this.#onReport(payload, subject),
      ),
    ]
    this.#schedule()
  }

  close(): void {
    this.#isClosed = true
    this.#cancelTick()
    for (const stop of this.#stops) stop()
  }

  #onFrame(payload: Uint8Array): void {
    const { clock, history, directory, checks } = this.#parts
    const { prober, vantage, observations } = decodeObservations(payload)
    this.#tally.add(prober, vantage, observations, clock.now())
    const points = checkPoints(directory(), vantage, observations)
    history.write(points)
    checks.heard(points)
  }

  /** Decoding a great table is expensive, and most reports are like the one before. */
  #onReport(payload: Uint8Array, subject: string): void {
    const isKnown = this.#reports.has(subject)
    if (isKnown || this.#reports.size < MOST_DIRECTORS) this.#reports.set(subject, payload)
  }

  /** In the middle of each window, so that every window has one sample whatever timers do. */
  #schedule(): void {
    if (this.#isClosed) return
    const { clock, sampleMs } = this.#parts
    const sinceMiddle = (clock.now() + sampleMs / 2) % sampleMs
    this.#cancelTick = clock.after(sampleMs - sinceMiddle, () => this.#tick())
  }

  #tick(): void {
    const { logger } = this.#parts
    this.#sample().catch((error: unknown) => logger.error({ error }, 'no sample'))
    this.#schedule()
  }

  async #sample(): Promise<void> {
    const { bus, clock, history, figures, events } = this.#parts
    const now = clock.now()
    this.#sampleReports()
    history.write([...this.#tally.take(now), ...figures.points(now, bus.isConnected())])
    await this.#sampleStatus()
    await events.save()
  }

  #sampleReports(): void {
    const { history, directory, events } = this.#parts
    const news = events.takeNews()
    for (const [subject, payload] of this.#reports) {
      this.#orRefuse(subject, () => {
        const report = directorReportMessage.decode(payload)
        const own = news.get(report.director) ?? NO_NEWS
        history.write(reportPoints(directory(), report, own))
      })
    }
    this.#reports.clear()
  }

  async #sampleStatus(): Promise<void> {
    const { cluster, sampleMs, bus, clock, history, logger } = this.#parts
    const startedMs = clock.monotonic()
    try {
      const subject = apiSubject(cluster, 'status')
      const answer = await bus.request(subject, api.status.request.encode({}), sampleMs / 2)
      const points = statusPoints(api.status.response.decode(answer))
      history.write([...points, controllerPoint(clock.now(), clock.monotonic() - startedMs)])
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      logger.warn({ error }, 'the controller does not say how things are')
      history.write([controllerPoint(clock.now(), undefined)])
    }
  }

  /** A message that cannot be read is refused loudly and changes nothing. */
  #orRefuse(subject: string, take: () => void): void {
    try {
      take()
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      this.#parts.logger.error({ subject, error }, 'message refused')
    }
  }
}
