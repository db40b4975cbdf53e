import type { Cause } from '../shared/domain/cause.ts'
import type { Cluster } from '../shared/domain/virtual-service.ts'
import type { Bus, EventLog } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { api } from '../shared/wire/api.ts'
import { apiSubject } from '../shared/wire/subjects.ts'
import { causesOfStatus } from './causes-of-status.ts'

/** What watching a cluster needs. */
export interface ClusterWatchParts {
  readonly cluster: string
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly log: EventLog
  /** The cluster file in force, as far as it is known. */
  readonly file: () => Cluster | undefined
  readonly onSeen: (causes: readonly Cause[]) => Promise<void>
}

/** Looks so long after something happened, and so often when nothing does. */
const SOON_MS = 300
const LOOK_MS = 5000
/** Not more often than this; a long answer, of ten thousand real servers, costs others time. */
const LEAST_MS = 1000
const LEAST_OF_ANSWER = 10
const TIMEOUT_MS = 5000

/**
 * Looks at what is wrong, as the leading controller tells it: soon after anything comes into the
 * event log, else every few seconds. Whole answers, not changes: nothing is missed for long.
 * Returns how to stop.
 */
export function watchCluster(parts: ClusterWatchParts): () => void {
  const { cluster, bus, clock, logger, log, file, onSeen } = parts
  let cancel = clock.after(0, look)
  let isClosed = false
  let isBusy = false
  let isStale = false
  let lookedMs = Number.NEGATIVE_INFINITY
  let tookMs = 0
  let said = ''

  function look(): void {
    if (isClosed || isBusy) return
    isBusy = true
    isStale = false
    lookedMs = clock.monotonic()
    ask()
      .then(
        () => {
          said = ''
        },
        (error: unknown) => complain(error),
      )
      .finally(() => {
        isBusy = false
        tookMs = clock.monotonic() - lookedMs
        if (!isClosed) again(isStale ? SOON_MS : LOOK_MS)
      })
  }

  function again(delayMs: number): void {
    cancel()
    const restMs = lookedMs + Math.max(LEAST_MS, LEAST_OF_ANSWER * tookMs) - clock.monotonic()
    cancel = clock.after(Math.max(delayMs, restMs), look)
  }

  async function ask(): Promise<void> {
    const subject = apiSubject(cluster, api.status.name)
    const reply = await bus.request(subject, api.status.request.encode({}), TIMEOUT_MS)
    if (isClosed) return
    await onSeen(causesOfStatus(api.status.response.decode(reply), file()))
  }

  /** The same trouble is said once; the core notices that nobody answers. */
  function complain(error: unknown): void {
    if (!(error instanceof ServiceError)) throw error
    if (error.message !== said) logger.warn({ error }, 'the cluster cannot be looked at')
    said = error.message
  }

  const unfollow = log.follow(() => {
    if (isBusy) isStale = true
    else again(SOON_MS)
  })
  return () => {
    isClosed = true
    cancel()
    unfollow()
  }
}
