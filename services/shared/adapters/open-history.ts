import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../ports/clock.ts'
import type { History } from '../ports/history.ts'
import type { HistorySettings } from '../runtime/history-settings.ts'
import type { Logger } from '../runtime/logger.ts'
import { ServiceError } from '../runtime/service-error.ts'
import { openInfluxHistory } from './influx/influx-history.ts'
import { openLocalHistory } from './local-history/local-history.ts'
import { acquireStateLock } from './state-lock.ts'

/** What a history stands on. */
export interface HistoryPlace {
  /** Folder for local files, or for points that wait for InfluxDB. */
  readonly stateDir: string
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Opens the history that the settings ask for. Throws a `ServiceError` when its folder cannot be
 * used or another process uses it; InfluxDB may be away.
 */
export async function openHistory(
  settings: HistorySettings,
  place: HistoryPlace,
): Promise<History> {
  const release = lock(place.stateDir)
  try {
    return releasing(await open(settings, place), release)
  } catch (error) {
    release()
    throw error
  }
}

async function open(
  { influx, maxBytes }: HistorySettings,
  { stateDir, clock, logger }: HistoryPlace,
): Promise<History> {
  if (influx === undefined) return openLocalHistory({ stateDir, maxBytes, logger }, clock)
  const { keep, ...target } = influx
  const options = { ...target, stateDir, spoolBytes: maxBytes, retention: keep, logger }
  return openInfluxHistory(options, clock)
}

function lock(stateDir: string): () => void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 })
    return acquireStateLock(join(stateDir, 'history-lock'))
  } catch (error) {
    if (error instanceof ServiceError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot keep history in ${stateDir}: ${reason}`
    throw new ServiceError('state.unusable', message, { cause: error })
  }
}

function releasing(history: History, release: () => void): History {
  return {
    name: history.name,
    write: (points) => history.write(points),
    flush: () => history.flush(),
    query: (query) => history.query(query),
    events: (query) => history.events(query),
    exportPage: (cursor) => history.exportPage(cursor),
    statistics: () => history.statistics(),
    async close() {
      await history.close()
      release()
    },
  }
}
