import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliContext } from './cli-context.ts'
import { type DrainProgress, drainProgress, isOver } from './views/drain-view.ts'

const POLL_MS = 1000
/** A daemon that restarts is back long before; the drain itself outlives it. */
const MAX_MISSES = 30

/** What is told while a drain is waited for. */
export interface DrainListener {
  readonly onProgress: (progress: readonly DrainProgress[]) => void
  readonly onTrouble: (message: string) => void
}

/**
 * Asks each second where a drain stands until nothing is left to wait for; `undefined` when the
 * signal ended it before. Throws what asking throws when that has failed for half a minute.
 */
export async function untilDrained(
  { io, client }: Pick<CliContext, 'io' | 'client'>,
  targets: readonly string[],
  signal: AbortSignal,
  { onProgress, onTrouble }: DrainListener,
): Promise<readonly DrainProgress[] | undefined> {
  let misses = 0
  while (!signal.aborted) {
    try {
      const progress = drainProgress(await client.ask('status', {}), targets)
      misses = 0
      if (progress.every(isOver)) return progress
      onProgress(progress)
    } catch (error) {
      misses++
      if (!(error instanceof ServiceError) || misses > MAX_MISSES) throw error
      onTrouble(`${error.message}; trying again`)
    }
    await io.sleep(POLL_MS, signal)
  }
  return undefined
}
