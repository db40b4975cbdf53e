import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { FieldValue, Point } from '../shared/domain/point.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { History } from '../shared/ports/history.ts'

/** How this process fares. */
export interface OwnFigures {
  /** Measures from now on; returns how to stop. */
  start(): () => void
  /** What happened since the last call. */
  points(at: number, isBusConnected: boolean): readonly Point[]
}

const DELAY_RESOLUTION_MS = 50
const NS_PER_MS = 1e6

/** Watches the process that the historian runs in, and the history that it writes to. */
export function createOwnFigures(clock: Clock, history: History, name: string): OwnFigures {
  let delay: IntervalHistogram | undefined
  let cpu = process.cpuUsage()
  let sinceMs = clock.monotonic()
  let before = { taken: 0, dropped: 0 }

  function historyFields(): Record<string, FieldValue> {
    const { taken, dropped, waiting, diskBytes, series, lastWriteMs, problem } =
      history.statistics()
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0)
    const fields: Record<string, FieldValue> = {
      points: taken - before.taken,
      dropped: lost - before.dropped,
      waiting,
      spool_bytes: diskBytes,
      series,
      reachable: problem === undefined ? 1 : 0,
    }
    before = { taken, dropped: lost }
    if (lastWriteMs !== undefined) fields['write_ms'] = lastWriteMs
    return fields
  }

  function processFields(): Record<string, FieldValue> {
    const nowMs = clock.monotonic()
    const used = process.cpuUsage(cpu)
    const spentMs = (used.user + used.system) / 1000
    const fields = {
      loop_lag_ms: Math.max(0, (delay?.max ?? 0) / NS_PER_MS - DELAY_RESOLUTION_MS),
      cpu_percent: nowMs > sinceMs ? (100 * spentMs) / (nowMs - sinceMs) : 0,
      memory_bytes: process.memoryUsage.rss(),
    }
    cpu = process.cpuUsage()
    sinceMs = nowMs
    delay?.reset()
    return fields
  }

  return {
    start() {
      delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
      delay.enable()
      return () => delay?.disable()
    },
    points: (at, isBusConnected) => [
      internal(at, 'historian', name, { ...historyFields(), ...processFields() }),
      internal(at, 'bus', name, { reachable: isBusConnected ? 1 : 0 }),
    ],
  }
}

/** How quickly the controller said its status; `undefined` when it did not. */
export function controllerPoint(at: number, answerMs: number | undefined): Point {
  const fields: Record<string, FieldValue> = { reachable: answerMs === undefined ? 0 : 1 }
  if (answerMs !== undefined) fields['answer_ms'] = answerMs
  return internal(at, 'controller', 'leader', fields)
}

function internal(
  at: number,
  part: string,
  instance: string,
  fields: Record<string, FieldValue>,
): Point {
  return { measurement: 'service_internal', at, tags: { part, instance }, fields }
}
