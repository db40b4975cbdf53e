import type { Clock } from '../ports/clock.ts'
import type { History } from '../ports/history.ts'
import type { HistorySettings } from '../runtime/history-settings.ts'
import type { Logger } from '../runtime/logger.ts'
import { openInfluxHistory } from './influx/influx-history.ts'
import { openLocalHistory } from './local-history/local-history.ts'

/** What a history stands on. */
export interface HistoryPlace {
  /** Folder for local files, or for points that wait for InfluxDB. */
  readonly stateDir: string
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Opens the history that the settings ask for. Throws a `ServiceError` when its folder cannot be
 * used; InfluxDB may be away.
 */
export async function openHistory(
  { influx, maxBytes }: HistorySettings,
  { stateDir, clock, logger }: HistoryPlace,
): Promise<History> {
  if (influx === undefined) return openLocalHistory({ stateDir, maxBytes, logger }, clock)
  const { keep, ...target } = influx
  const options = { ...target, stateDir, spoolBytes: maxBytes, retention: keep, logger }
  return openInfluxHistory(options, clock)
}
