import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { History } from '../shared/ports/history.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { api } from '../shared/wire/api.ts'
import { directorReportMessage } from '../shared/wire/director-report-message.ts'
import { decodeObservations } from '../shared/wire/observation-frame.ts'
import { apiSubject, observationsSubject, reportSubject } from '../shared/wire/subjects.ts'
import { checkPoints } from './core/check-points.ts'
import type { Directory } from './core/directory.ts'
import { ProberTally } from './core/prober-tally.ts'
import { reportPoints } from './core/report-points.ts'
import type { EventFollower } from './event-follower.ts'
import { controllerPoint, type OwnFigures } from './own-figures.ts'
import { statusPoints } from './status-points.ts'

interface SamplerParts {
  readonly cluster: string
  readonly sampleMs: number
  readonly bus: Bus
  readonly clock: Clock
  readonly history: History
  readonly logger: Logger
  readonly directory: () => Directory
  readonly figures: OwnFigures
  readonly events: EventFollower
}

const NO_NEWS = { drift: 0, failures: 0 }
/** Directors that can be waited for; a name that somebody makes up must not fill the memory. */
const MOST_DIRECTORS = 1000

/**
 * Writes observations as they come, and everything else once in `sampleMs`: of a director's reports
 * the last one, the controller's status, the probers and the monitor itself.
 */
export function createSampler(parts: SamplerParts): { close(): void } {
  const { cluster, bus, clock, history, logger, directory, events } = parts
  const tally = new ProberTally()
  const reports = new Map<string, Uint8Array>()
  let isClosed = false
  let cancelTick = () => {}

  function onFrame(payload: Uint8Array, subject: string): void {
    orRefuse(subject, () => {
      const { prober, vantage, observations } = decodeObservations(payload)
      tally.add(prober, vantage, observations, clock.now())
      history.write(checkPoints(directory(), vantage, observations))
    })
  }

  /** Decoding a great table is expensive, and most reports are like the one before. */
  function onReport(payload: Uint8Array, subject: string): void {
    if (reports.has(subject) || reports.size < MOST_DIRECTORS) reports.set(subject, payload)
  }

  function sampleReports(): void {
    const news = events.takeNews()
    for (const [subject, payload] of reports) {
      orRefuse(subject, () => {
        const report = directorReportMessage.decode(payload)
        const own = news.get(report.director) ?? NO_NEWS
        history.write(reportPoints(directory(), report, own))
      })
    }
    reports.clear()
  }

  async function sampleStatus(): Promise<void> {
    const startedMs = clock.monotonic()
    try {
      const subject = apiSubject(cluster, 'status')
      const answer = await bus.request(subject, api.status.request.encode({}), parts.sampleMs / 2)
      const status = api.status.response.decode(answer)
      history.write([
        ...statusPoints(status),
        controllerPoint(clock.now(), clock.monotonic() - startedMs),
      ])
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      logger.warn({ error }, 'the controller does not say how things are')
      history.write([controllerPoint(clock.now(), undefined)])
    }
  }

  async function sample(): Promise<void> {
    const now = clock.now()
    sampleReports()
    history.write([...tally.take(now), ...parts.figures.points(now, bus.isConnected())])
    await sampleStatus()
    await events.save()
  }

  function tick(): void {
    sample().catch((error: unknown) => logger.error({ error }, 'no sample'))
    schedule()
  }

  /** In the middle of each window, so that every window has one sample whatever timers do. */
  function schedule(): void {
    if (isClosed) return
    const { sampleMs } = parts
    const sinceMiddle = (clock.now() + sampleMs / 2) % sampleMs
    cancelTick = clock.after(sampleMs - sinceMiddle, tick)
  }

  function orRefuse(subject: string, take: () => void): void {
    try {
      take()
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      logger.error({ subject, error }, 'message refused')
    }
  }

  const stops = [
    bus.subscribe(observationsSubject(cluster, '*'), onFrame),
    bus.subscribe(reportSubject(cluster, '*'), onReport),
  ]
  schedule()
  return {
    close() {
      isClosed = true
      cancelTick()
      for (const stop of stops) stop()
    },
  }
}
